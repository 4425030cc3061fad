dnl SPDX-License-Identifier: LGPL-2.1-or-later
dnl RV_COMPILER: warnings, hardening, --enable-developer, --with-sanitizer, --with-fuzzer,
dnl --enable-coverage. Sets RV_CFLAGS and RV_LDFLAGS.
AC_DEFUN([RV_COMPILER], [
  RV_CFLAGS="-std=gnu11 -Wall -Wextra -Wformat=2 -Wmissing-prototypes -Wstrict-prototypes \
-Wold-style-definition -Wshadow -Wundef -Wwrite-strings -Wpointer-arith -Wvla -Wcast-function-type \
-Wno-unused-parameter -Wno-missing-field-initializers -fno-strict-aliasing -fstack-protector-strong \
-fPIE"
  RV_LDFLAGS="-pie -Wl,-z,relro -Wl,-z,now"

  AC_ARG_ENABLE([developer],
    [AS_HELP_STRING([--enable-developer], [make warnings errors])], [], [enable_developer=no])
  AS_IF([test "$enable_developer" = yes], [RV_CFLAGS="$RV_CFLAGS -Werror"])

  AC_ARG_WITH([sanitizer],
    [AS_HELP_STRING([--with-sanitizer=LIST], [build with sanitizers, e.g. address,undefined])],
    [], [with_sanitizer=no])
  AS_IF([test "$with_sanitizer" != no && test "$with_sanitizer" != yes],
    [RV_CFLAGS="$RV_CFLAGS -fsanitize=$with_sanitizer -fno-sanitize-recover=all -fno-omit-frame-pointer -g"
     RV_LDFLAGS="$RV_LDFLAGS -fsanitize=$with_sanitizer"])

  AC_ARG_WITH([fuzzer],
    [AS_HELP_STRING([--with-fuzzer], [build the libFuzzer targets (needs CC=clang)])],
    [], [with_fuzzer=no])
  AS_IF([test "$with_fuzzer" = yes],
    [RV_CFLAGS="$RV_CFLAGS -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -g"
     RV_LDFLAGS="$RV_LDFLAGS -fsanitize=address,undefined"])
  AM_CONDITIONAL([WITH_FUZZER], [test "$with_fuzzer" = yes])

  AC_ARG_ENABLE([coverage],
    [AS_HELP_STRING([--enable-coverage], [build for gcov])], [], [enable_coverage=no])
  AS_IF([test "$enable_coverage" = yes],
    [RV_CFLAGS="$RV_CFLAGS --coverage -O0" RV_LDFLAGS="$RV_LDFLAGS --coverage"])

  AC_SUBST([RV_CFLAGS])
  AC_SUBST([RV_LDFLAGS])
])
