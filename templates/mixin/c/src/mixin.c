// The {{name}} mixin: says a message.
//
// Each function answers one call in an instance of its own, so nothing is freed here. But what an
// answer holds is freed when it was taken: every text in it is a copy of its own.

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mixin.h"

static const char SCHEMA[] = {
#embed "../schema.json"
    , 0};

static mixin_string_t string(const char *text) {
  mixin_string_t copy;
  mixin_string_dup(&copy, text);
  return copy;
}

static mixin_string_t copy(mixin_string_t text) {
  mixin_string_t copy;
  mixin_string_dup_n(&copy, (const char *)text.ptr, text.len);
  return copy;
}

static void *allocate(size_t size) {
  void *memory = calloc(1, size);
  if (memory == NULL) abort();
  return memory;
}

// ------------------------------------------------------------------------------ diagnostics

// An error of a step, at the place that a JSON pointer names.
static exports_guest_diagnostic_t error(mixin_string_t action, uint32_t index, const char *code,
                                        const char *title, const char *pointer) {
  exports_guest_diagnostic_t found = {.severity = EXPORTS_GUEST_SEVERITY_ERROR};
  found.code = string(code);
  found.title = string(title);
  found.message = string("");
  found.at.tag = EXPORTS_GUEST_PLACE_STEP;
  found.at.val.step.action = copy(action);
  found.at.val.step.index = index;
  found.at.val.step.pointer = string(pointer);
  return found;
}

static bool refuse(exports_guest_failure_t *failure, exports_guest_diagnostic_t found) {
  failure->ptr = allocate(sizeof found);
  failure->ptr[0] = found;
  failure->len = 1;
  return false;
}

// ------------------------------------------------------------------------------ the four functions

void exports_guest_describe(exports_guest_description_t *description) {
  *description = (exports_guest_description_t){.schema = string(SCHEMA)};
}

// Warnings about steps that work but are not wise.
bool exports_guest_lint(exports_guest_build_request_t *request,
                        exports_guest_list_diagnostic_t *found, exports_guest_failure_t *failure) {
  (void)failure;
  *found = (exports_guest_list_diagnostic_t){0};
  for (size_t a = 0; a < request->actions.len; a++) {
    exports_guest_action_steps_t *steps = &request->actions.ptr[a];
    for (size_t i = 0; i < steps->steps.len; i++) {
      json_t step;
      if (!json_read(steps->steps.ptr[i], &step)) abort();
      const json_t *message = json_get(&step, "message");
      if (message == NULL || message->text.len <= 1000) continue;
      size_t size = (found->len + 1) * sizeof(exports_guest_diagnostic_t);
      found->ptr = realloc(found->ptr, size);
      if (found->ptr == NULL) abort();
      exports_guest_diagnostic_t warning =
          error(steps->action, i, "{{name}}-100", "that is a long message", "/message");
      warning.severity = EXPORTS_GUEST_SEVERITY_WARNING;
      found->ptr[found->len++] = warning;
    }
  }
  return true;
}

// What the image needs: packages, downloads, files, …
bool exports_guest_build(exports_guest_build_request_t *request,
                         exports_guest_list_instruction_t *instructions,
                         exports_guest_failure_t *failure) {
  (void)request, (void)failure;
  *instructions = (exports_guest_list_instruction_t){0};
  return true;
}

// What a step means: one command.
bool exports_guest_plan(exports_guest_plan_request_t *request, exports_guest_list_task_t *tasks,
                        exports_guest_failure_t *failure) {
  json_t step;
  if (!json_read(request->step, &step)) abort();
  const json_t *message = json_get(&step, "message");
  if (message == NULL || !json_is_text(message) || message->text.len == 0) {
    return refuse(failure, error(request->action, 0, "{{name}}-101",
                                 "`message` must be a text that is not empty", "/message"));
  }
  exports_guest_task_t *task = allocate(sizeof *task);
  task->tag = EXPORTS_GUEST_TASK_RUN;
  exports_guest_command_t *command = &task->val.run;
  command->program = string("echo");
  command->args.ptr = allocate(sizeof(mixin_string_t));
  command->args.ptr[0] = copy(message->text);
  command->args.len = 1;
  command->dir = string("");

  const json_t *outputs = json_get(&step, "outputs");
  if (outputs != NULL && outputs->kind == JSON_LIST) {
    command->outputs.ptr = allocate(outputs->len * sizeof(exports_guest_output_t));
    for (size_t i = 0; i < outputs->len; i++) {
      const json_t *name = json_get(&outputs->items[i], "name");
      const json_t *regex = json_get(&outputs->items[i], "regex");
      if (name == NULL || regex == NULL || !json_is_text(name) || !json_is_text(regex)) {
        return refuse(failure, error(request->action, 0, "{{name}}-102",
                                     "an output needs `name` and `regex`", "/outputs"));
      }
      exports_guest_output_t *output = &command->outputs.ptr[command->outputs.len++];
      output->name = copy(name->text);
      output->take.tag = EXPORTS_GUEST_SOURCE_REGEX;
      output->take.val.regex = copy(regex->text);
    }
  }
  tasks->ptr = task;
  tasks->len = 1;
  return true;
}
