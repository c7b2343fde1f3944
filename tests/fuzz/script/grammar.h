/* Scripts out of noise: tables of keys that luaproxy knows, in the places where it knows them, with
 * values that are sometimes right. */
#ifndef FUZZ_SCRIPT_GRAMMAR_H
#define FUZZ_SCRIPT_GRAMMAR_H

#include <stddef.h>
#include <stdint.h>

/* Writes the script that the LEN bytes at NOISE stand for into TEXT, which has room for SIZE bytes,
 * and gives its length. Each byte decides on one thing, so that a change of it changes but that. */
size_t grammar_write(char *text, size_t size, const uint8_t *noise, size_t len);

#endif
