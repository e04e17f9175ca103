/*
 * banned - calls that turn a slip into a hole are compile errors; included by the makefile in front of every file.
 */
#ifndef ES_CORE_BANNED_H
#define ES_CORE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
/* Macros of the C library, with some compilers and options; poison wants plain names. */
#undef alloca
#undef sprintf
#undef vsprintf
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#pragma GCC poison gets strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atof alloca tmpnam   \
    mktemp
#endif

#endif
