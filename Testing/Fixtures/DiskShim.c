/* Preloaded before the C library: writes down what a program changes below one folder, and lets one call fail.

   Environment: SHIM_ROOT, the folder; SHIM_LOG, the file for the record (none when empty).
   An event is a line "kind inode offset length path-length other-length", then path, other path and bytes. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *root;
static size_t rootLength;
static int logFile = -1;
static atomic_long calls;
static long failAt;
static int failure;
static int failsOn;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void)
{
    root = getenv("SHIM_ROOT");
    rootLength = root ? strlen(root) : 0;
    const char *name = getenv("SHIM_LOG");
    if (name && *name)
        logFile = REAL(open)(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* The nth call from now on fails with an error number, ends the process (0), and with `on` all later ones fail too. */
void shimArm(long n, int error, int on)
{
    atomic_store(&calls, 0);
    failAt = n;
    failure = error;
    failsOn = on;
}

long shimCalls(void)
{
    return atomic_load(&calls);
}

static int isOurs(const char *path)
{
    return rootLength && path && strncmp(path, root, rootLength) == 0;
}

static int isOurFile(int file, char *path, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = rootLength ? readlink(link, path, size - 1) : -1;
    if (length < 0)
        return 0;
    path[length] = 0;
    return isOurs(path) && !(length > 4 && strcmp(path + length - 4, "-shm") == 0);
}

static int fails(void)
{
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (!failAt || !(number == failAt || (failsOn && number > failAt)))
        return 0;
    if (!failure)
        _exit(9);
    errno = failure;
    return 1;
}

static void record(const char *kind, int file, long offset, const void *bytes, size_t length, const char *path,
                   const char *other)
{
    if (logFile < 0)
        return;
    int saved = errno;
    struct stat status = {0};
    if (file >= 0)
        fstat(file, &status);
    char head[128];
    int headLength = snprintf(head, sizeof head, "%s %lu %ld %zu %zu %zu\n", kind, (unsigned long)status.st_ino,
                              offset, length, path ? strlen(path) : 0, other ? strlen(other) : 0);
    struct iovec parts[4] = {{head, headLength}, {(void *)(path ? path : ""), path ? strlen(path) : 0},
                             {(void *)(other ? other : ""), other ? strlen(other) : 0},
                             {(void *)bytes, bytes ? length : 0}};
    REAL(writev)(logFile, parts, 4);
    errno = saved;
}

/* For the program itself: what it has been told is safe by now. */
void shimMark(long number)
{
    record("mark", -1, number, NULL, 0, NULL, NULL);
}

static int opened(int (*function)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    int writes = isOurs(path) && (flags & (O_WRONLY | O_RDWR | O_CREAT));
    size_t length = path ? strlen(path) : 0;
    if (!writes || (length > 4 && strcmp(path + length - 4, "-shm") == 0))
        return function(path, flags, mode);
    if (fails())
        return -1;
    int isNew = access(path, F_OK) != 0;
    int file = function(path, flags, mode);
    if (file >= 0 && isNew)
        record("create", file, 0, NULL, 0, path, NULL);
    else if (file >= 0 && (flags & O_TRUNC))
        record("truncate", file, 0, NULL, 0, NULL, NULL);
    return file;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...)                                                                         \
    {                                                                                                                  \
        va_list arguments;                                                                                             \
        va_start(arguments, flags);                                                                                    \
        mode_t mode = (flags & O_CREAT) ? va_arg(arguments, mode_t) : 0;                                               \
        va_end(arguments);                                                                                             \
        return opened(REAL(name), path, flags, mode);                                                                  \
    }
OPEN(open)
OPEN(open64)

#define WRITE(name, type)                                                                                              \
    ssize_t name(int file, const void *bytes, size_t length, type offset)                                              \
    {                                                                                                                  \
        char path[4096];                                                                                               \
        if (!isOurFile(file, path, sizeof path))                                                                       \
            return REAL(name)(file, bytes, length, offset);                                                            \
        if (fails())                                                                                                   \
            return -1;                                                                                                 \
        ssize_t written = REAL(name)(file, bytes, length, offset);                                                     \
        if (written > 0)                                                                                               \
            record("write", file, offset, bytes, written, NULL, NULL);                                                 \
        return written;                                                                                                \
    }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

ssize_t write(int file, const void *bytes, size_t length)
{
    char path[4096];
    if (file == logFile || !isOurFile(file, path, sizeof path))
        return REAL(write)(file, bytes, length);
    if (fails())
        return -1;
    long offset = lseek(file, 0, SEEK_CUR);
    ssize_t written = REAL(write)(file, bytes, length);
    if (written > 0)
        record("write", file, offset, bytes, written, NULL, NULL);
    return written;
}

#define TRUNCATE(name, type)                                                                                           \
    int name(int file, type length)                                                                                    \
    {                                                                                                                  \
        char path[4096];                                                                                               \
        if (!isOurFile(file, path, sizeof path))                                                                       \
            return REAL(name)(file, length);                                                                           \
        if (fails())                                                                                                   \
            return -1;                                                                                                 \
        int result = REAL(name)(file, length);                                                                         \
        if (result == 0)                                                                                               \
            record("truncate", file, length, NULL, 0, NULL, NULL);                                                     \
        return result;                                                                                                 \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

/* Recorded when it begins: it does not cover what is written while it runs. */
#define SYNC(name)                                                                                                     \
    int name(int file)                                                                                                 \
    {                                                                                                                  \
        char path[4096];                                                                                               \
        if (!isOurFile(file, path, sizeof path))                                                                       \
            return REAL(name)(file);                                                                                   \
        if (fails())                                                                                                   \
            return -1;                                                                                                 \
        record("sync", file, 0, NULL, 0, path, NULL);                                                                  \
        return REAL(name)(file);                                                                                       \
    }
SYNC(fsync)
SYNC(fdatasync)

#define NAME(name, kind, parameters, values)                                                                           \
    int name parameters                                                                                                \
    {                                                                                                                  \
        if (!isOurs(path))                                                                                             \
            return REAL(name) values;                                                                                  \
        if (fails())                                                                                                   \
            return -1;                                                                                                 \
        int result = REAL(name) values;                                                                                \
        if (result == 0)                                                                                               \
            record(kind, -1, 0, NULL, 0, path, NULL);                                                                  \
        return result;                                                                                                 \
    }
NAME(unlink, "unlink", (const char *path), (path))
NAME(mkdir, "mkdir", (const char *path, mode_t mode), (path, mode))
NAME(rmdir, "rmdir", (const char *path), (path))

int rename(const char *path, const char *other)
{
    if (!isOurs(path) && !isOurs(other))
        return REAL(rename)(path, other);
    if (fails())
        return -1;
    int result = REAL(rename)(path, other);
    if (result == 0)
        record("rename", -1, 0, NULL, 0, path, other);
    return result;
}
