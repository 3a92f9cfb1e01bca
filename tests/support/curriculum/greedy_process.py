"""Take more memory than a picture may, in the place of the process that cleans one."""

import resource

LIMIT = 256 * 1024 * 1024

resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
bytearray(2 * LIMIT)
