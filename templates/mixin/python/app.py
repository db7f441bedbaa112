"""The {{name}} mixin: says a message.

What stands outside of the functions runs once, when the component is made; each function then
answers one call in an instance of its own.
"""

import json
from pathlib import Path
from typing import List

from componentize_py_types import Err
from wit_world.exports import Guest as Interface
from wit_world.exports.guest import (
    BuildRequest,
    Command,
    Description,
    Diagnostic,
    Instruction,
    Output,
    Place_Step,
    PlanRequest,
    Severity,
    Source_Regex,
    StepPlace,
    Task,
    Task_Run,
)

SCHEMA = Path(__file__).with_name("schema.json").read_text()


def read(text: str):
    """A JSON document; numbers keep their spelling."""
    return json.loads(text, parse_int=str, parse_float=str)


def found(severity: Severity, code: str, title: str, action: str, index: int, pointer: str):
    """What is wrong with a step, at the place that a JSON pointer names."""
    place = Place_Step(StepPlace(action, index, pointer))
    return Diagnostic(severity, code, title, "", None, place)


class Guest(Interface):
    def describe(self) -> Description:
        return Description(schema=SCHEMA, environment=[], sees_secrets=False)

    def lint(self, request: BuildRequest) -> List[Diagnostic]:
        """Warnings about steps that work but are not wise."""
        warnings = []
        for steps in request.actions:
            for index, step in enumerate(map(read, steps.steps)):
                message = step.get("message") if isinstance(step, dict) else None
                if isinstance(message, str) and len(message) > 1000:
                    title = "that is a long message"
                    place = (steps.action, index, "/message")
                    warnings.append(found(Severity.WARNING, "{{name}}-100", title, *place))
        return warnings

    def build(self, request: BuildRequest) -> List[Instruction]:
        """What the image needs: packages, downloads, files, …"""
        return []

    def plan(self, request: PlanRequest) -> List[Task]:
        """What a step means: one command."""
        step = read(request.step)
        wrong = []

        def error(number: int, title: str, pointer: str):
            code = f"{{name}}-{number}"
            wrong.append(found(Severity.ERROR, code, title, request.action, 0, pointer))

        message = step.get("message") if isinstance(step, dict) else None
        if not isinstance(message, str) or not message:
            error(101, "`message` must be a text that is not empty", "/message")

        outputs = []
        wanted = step.get("outputs") if isinstance(step, dict) else None
        for index, output in enumerate(wanted if isinstance(wanted, list) else []):
            fields = output if isinstance(output, dict) else {}
            name, regex = fields.get("name"), fields.get("regex")
            if isinstance(name, str) and isinstance(regex, str):
                outputs.append(Output(name, Source_Regex(regex), False, None))
            else:
                error(102, "an output needs `name` and `regex`", f"/outputs/{index}")

        if wrong:
            raise Err(wrong)
        command = Command(
            program="echo",
            args=[message],
            env=[],
            dir="",
            stdin=None,
            quiet=False,
            when=None,
            ignore=[],
            keep_going=False,
            outputs=outputs,
        )
        return [Task_Run(command)]
