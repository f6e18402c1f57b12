#ifndef TALKTIME_INTERPOSED_NAMES_H
#define TALKTIME_INTERPOSED_NAMES_H

// Look-ups of names in the tests' own process, libcurl's and libpq's included. Names that end in .one.test are 127.0.0.1,
// those in .two.test first 127.0.0.2 and then 127.0.0.1; every other name is looked up as ever.

/// From now on a look-up of the name does not come back.
void names_hold(const char *name);
/// Lets all look-ups of the name go on.
void names_release(const char *name);
/// How many look-ups of the name have not come back.
int names_held(const char *name);
/// How many look-ups of names in .test there have been.
int names_asked(void);

#endif
