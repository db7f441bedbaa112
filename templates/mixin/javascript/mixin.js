// The {{name}} mixin: says a message.
//
// What stands outside of the functions runs once, when the component is made; each function then
// answers one call in an instance of its own.

import schema from "./build/schema.js";

// What is wrong with a step, at the place that a JSON pointer names.
function found(severity, code, title, action, index, pointer) {
  const at = { tag: "step", val: { action, index, pointer } };
  return { severity, code, title, message: "", hint: undefined, at };
}

function isText(value) {
  return typeof value === "string";
}

export const guest = {
  describe() {
    return { schema: JSON.stringify(schema), environment: [], seesSecrets: false };
  },

  // Warnings about steps that work but are not wise.
  lint(request) {
    const warnings = [];
    for (const { action, steps } of request.actions) {
      steps.forEach((text, index) => {
        const message = JSON.parse(text)?.message;
        if (isText(message) && message.length > 1000) {
          const title = "that is a long message";
          warnings.push(found("warning", "{{name}}-100", title, action, index, "/message"));
        }
      });
    }
    return warnings;
  },

  // What the image needs: packages, downloads, files, …
  build() {
    return [];
  },

  // What a step means: one command.
  plan({ action, step }) {
    const { message, outputs } = JSON.parse(step) ?? {};
    const wrong = [];
    const error = (number, title, pointer) =>
      wrong.push(found("error", `{{name}}-${number}`, title, action, 0, pointer));

    if (!isText(message) || message === "") {
      error(101, "`message` must be a text that is not empty", "/message");
    }
    const taken = [];
    (Array.isArray(outputs) ? outputs : []).forEach((output, index) => {
      const { name, regex } = output ?? {};
      if (isText(name) && isText(regex)) {
        taken.push({ name, take: { tag: "regex", val: regex }, sensitive: false, to: undefined });
      } else {
        error(102, "an output needs `name` and `regex`", `/outputs/${index}`);
      }
    });
    if (wrong.length > 0) {
      // Thrown, it is the refusal of the interface.
      throw Object.assign(new Error("refused"), { payload: wrong });
    }
    const command = {
      program: "echo",
      args: [message],
      env: [],
      dir: "",
      stdin: undefined,
      quiet: false,
      when: undefined,
      ignore: [],
      keepGoing: false,
      outputs: taken,
    };
    return [{ tag: "run", val: command }];
  },
};
