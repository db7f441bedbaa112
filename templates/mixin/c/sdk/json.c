#include "json.h"

#include <stdlib.h>
#include <string.h>

// Deeper than porter lets a document be.
#define MAX_DEPTH 100

typedef struct {
  const uint8_t *at;
  const uint8_t *end;
} reader_t;

static bool value(reader_t *reader, json_t *out, int depth);

static void blanks(reader_t *reader) {
  while (reader->at < reader->end && memchr(" \t\r\n", *reader->at, 4) != NULL) reader->at++;
}

static bool take(reader_t *reader, uint8_t byte) {
  blanks(reader);
  if (reader->at == reader->end || *reader->at != byte) return false;
  reader->at++;
  return true;
}

static bool word(reader_t *reader, const char *word) {
  size_t len = strlen(word);
  if ((size_t)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0) return false;
  reader->at += len;
  return true;
}

static bool hex(reader_t *reader, uint32_t *unit) {
  *unit = 0;
  if (reader->end - reader->at < 4) return false;
  for (int i = 0; i < 4; i++) {
    uint8_t byte = *reader->at++;
    uint32_t digit;
    if (byte >= '0' && byte <= '9') digit = byte - '0';
    else if (byte >= 'a' && byte <= 'f') digit = byte - 'a' + 10;
    else if (byte >= 'A' && byte <= 'F') digit = byte - 'A' + 10;
    else return false;
    *unit = *unit << 4 | digit;
  }
  return true;
}

// After `\u`: one escape, or two that are the halves of a character.
static bool character(reader_t *reader, uint32_t *code) {
  if (!hex(reader, code)) return false;
  if (*code < 0xd800 || *code > 0xdfff) return true;
  uint32_t low;
  if (*code > 0xdbff || !word(reader, "\\u") || !hex(reader, &low)) return false;
  if (low < 0xdc00 || low > 0xdfff) return false;
  *code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
  return true;
}

static uint8_t *utf8(uint8_t *out, uint32_t code) {
  if (code < 0x80) {
    *out++ = code;
    return out;
  }
  int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static const uint8_t first[] = {0, 0xc0, 0xe0, 0xf0};
  *out++ = first[more] | code >> 6 * more;
  while (more-- > 0) *out++ = 0x80 | (code >> 6 * more & 0x3f);
  return out;
}

static bool text(reader_t *reader, mixin_string_t *out) {
  if (!take(reader, '"')) return false;
  const uint8_t *close = reader->at;
  while (close < reader->end && *close != '"') close += *close == '\\' ? 2 : 1;
  if (close >= reader->end) return false;
  // What is escaped is never shorter than what it means.
  uint8_t *to = malloc(close - reader->at + 1);
  if (to == NULL) abort();
  out->ptr = to;
  while (reader->at < close) {
    uint8_t byte = *reader->at++;
    if (byte != '\\') {
      *to++ = byte;
      continue;
    }
    uint32_t code;
    switch (*reader->at++) {
      case 'n': *to++ = '\n'; break;
      case 't': *to++ = '\t'; break;
      case 'r': *to++ = '\r'; break;
      case 'b': *to++ = '\b'; break;
      case 'f': *to++ = '\f'; break;
      case 'u':
        if (!character(reader, &code)) return false;
        to = utf8(to, code);
        break;
      default: *to++ = reader->at[-1]; break;
    }
  }
  out->len = to - out->ptr;
  reader->at = close + 1;
  return true;
}

static bool scalar(reader_t *reader, json_t *out) {
  const uint8_t *start = reader->at;
  if (word(reader, "null")) {
    out->kind = JSON_NULL;
    return true;
  }
  if (word(reader, "true") || word(reader, "false")) {
    out->kind = JSON_BOOL;
    out->truth = *start == 't';
  } else {
    out->kind = JSON_NUMBER;
    while (reader->at < reader->end && memchr("+-.0123456789eE", *reader->at, 15) != NULL) reader->at++;
    if (reader->at == start) return false;
  }
  out->text.ptr = (uint8_t *)start;
  out->text.len = reader->at - start;
  return true;
}

// Makes room for one more item.
static void grow(json_t *out) {
  if ((out->len & (out->len - 1)) != 0) return;
  size_t room = out->len == 0 ? 1 : 2 * out->len;
  out->items = realloc(out->items, room * sizeof(json_t));
  out->keys = realloc(out->keys, room * sizeof(mixin_string_t));
  if (out->items == NULL || out->keys == NULL) abort();
}

static bool members(reader_t *reader, json_t *out, int depth, uint8_t close) {
  if (take(reader, close)) return true;
  do {
    grow(out);
    out->keys[out->len] = (mixin_string_t){0};
    if (out->kind == JSON_MAP) {
      if (!text(reader, &out->keys[out->len]) || !take(reader, ':')) return false;
    }
    if (!value(reader, &out->items[out->len], depth + 1)) return false;
    out->len++;
  } while (take(reader, ','));
  return take(reader, close);
}

static bool value(reader_t *reader, json_t *out, int depth) {
  *out = (json_t){0};
  blanks(reader);
  if (depth > MAX_DEPTH || reader->at == reader->end) return false;
  switch (*reader->at) {
    case '"':
      out->kind = JSON_TEXT;
      return text(reader, &out->text);
    case '[':
      reader->at++;
      out->kind = JSON_LIST;
      return members(reader, out, depth, ']');
    case '{':
      reader->at++;
      out->kind = JSON_MAP;
      return members(reader, out, depth, '}');
    default: return scalar(reader, out);
  }
}

bool json_read(mixin_string_t document, json_t *out) {
  reader_t reader = {document.ptr, document.ptr + document.len};
  if (!value(&reader, out, 0)) return false;
  blanks(&reader);
  return reader.at == reader.end;
}

const json_t *json_get(const json_t *map, const char *key) {
  size_t len = strlen(key);
  for (size_t i = 0; map->kind == JSON_MAP && i < map->len; i++) {
    if (map->keys[i].len != len || memcmp(map->keys[i].ptr, key, len) != 0) continue;
    return map->items[i].kind == JSON_NULL ? NULL : &map->items[i];
  }
  return NULL;
}

bool json_is_text(const json_t *value) {
  return value->kind == JSON_TEXT || value->kind == JSON_NUMBER || value->kind == JSON_BOOL;
}
