#ifndef TALKTIME_INTERPOSED_NAMES_H
#define TALKTIME_INTERPOSED_NAMES_H

// Controls the look-ups of names in the tests' own process, including those of libcurl and libpq. A name that ends in
// .one.test is 127.0.0.1, and one in .two.test is 127.0.0.2 and then 127.0.0.1. Every other name is looked up as usual.

/// Makes look-ups of the name hang from now on.
void names_hold(const char *name);
/// Lets all look-ups of the name continue.
void names_release(const char *name);
/// The number of look-ups of the name that hang.
int names_held(const char *name);
/// The number of look-ups of names in .test so far.
int names_asked(void);

#endif
