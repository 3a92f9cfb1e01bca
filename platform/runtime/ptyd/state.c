/* The state that the event loop and its handlers share. */
#include "ptyd.h"

struct server server;
