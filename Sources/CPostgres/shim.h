#include <libpq-fe.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <asm/ioctls.h>
#endif

// Bytes that wait in a socket; ioctl has variable arguments, which Swift does not call.
static inline int foretail_waiting_bytes(int descriptor) {
    int count = 0;
    return ioctl(descriptor, FIONREAD, &count) == 0 ? count : 0;
}
