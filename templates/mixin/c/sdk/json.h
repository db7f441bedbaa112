// Reads JSON as porter gives it. Texts may point into the document, and live as long as the call:
// an instance answers one call and is gone, so nothing has to be freed.
#ifndef PORTER_JSON_H
#define PORTER_JSON_H

#include "mixin.h"

typedef enum { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_MAP } json_kind_t;

typedef struct json {
  json_kind_t kind;
  bool truth;            // of a boolean
  mixin_string_t text;   // of a text; of a number and a boolean as they are spelled
  size_t len;            // of a list and a map
  struct json *items;    // of a list and a map
  mixin_string_t *keys;  // of a map, in the order of the items
} json_t;

// Reads a document. False where it is none, which porter never gives.
bool json_read(mixin_string_t document, json_t *value);

// The member of a map, or NULL where there is none or it is null.
const json_t *json_get(const json_t *map, const char *key);

// Whether a value is a text, or a number or boolean, which count as their spelling.
bool json_is_text(const json_t *value);

#endif
