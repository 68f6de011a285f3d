/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A layer between a program and the files below some folders, put before it with LD_PRELOAD. It
 * numbers the program's calls, writes them down, and at one of them lets the disk fail, kills the
 * program, or has the power fail: what was not flushed is gone then.
 *
 * What is durable, in this model:
 *  - the content of a file as it was at its last fsync or fdatasync, or at a syncfs since;
 *  - a name that was made, removed or renamed, once the folder it stands in (of a rename: the new
 *    one) was fsynced, or at a syncfs. It stands in a folder whose own name must be durable, too;
 *  - all that was there when the program started.
 * Journaling file systems keep more than that: a program that is right here is right there.
 *
 * Not modelled: writes through mmap (nothing here makes them); a disk that lies about a flush;
 * writes of parts of 4096 bytes; names that persist out of the order in which they were made; rights
 * and times, which stay; a rename of which one half is durable. Calls of stat and of locks are not
 * counted. Other processes that this one starts are left alone, and so is what they write.
 *
 * FAULTS_BELOW    folders, with colons between them: absolute, no links
 * FAULTS_TRACE    a file: each call gets a line there, "NUMBER CLASS CALL PATH"
 * FAULTS_CLASS    "read" or "write": which calls FAULTS_AT counts
 * FAULTS_CALL     a call's name: of that class only these
 * FAULTS_AT       the number of the call at which it happens, from 1
 * FAULTS_ERROR    the errno of that call; ENOSPC only where room is needed, after half a write
 * FAULTS_ONWARDS  set: the calls after it fail, too
 * FAULTS_KILL     set: SIGKILL before that call
 * FAULTS_LOSE     the power fails before that call, or without FAULTS_AT when the program ends:
 *                 "all" that is not durable goes; "data": names stay, as files without their
 *                 content; a number: parts of both stay, chosen by it
 * FAULTS_HOLD     while this file exists, flushes of a journal (…-wal) wait
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { READS, WRITES };
#define ROOTS 8

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int root_count, trace = -1;
static char *roots[ROOTS];
static const char *lose, *hold, *call_at;
static int class_at = -1, error, onwards, kills, is_torn;
static unsigned long at, met, counts[2];

/* Paths. */

static int below(const char *path)
{
    for (int i = 0; i < root_count; i++) {
        size_t length = strlen(roots[i]);
        if (!strncmp(path, roots[i], length) && (path[length] == '/' || !path[length]))
            return 1;
    }
    return 0;
}

/* The path of an open file; one that was removed has " (deleted)" behind it. */
static int below_fd(int fd, char *path)
{
    char link[32];
    if (!root_count)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return below(path);
}

static int below_at(int folder, const char *given, char *path)
{
    char start[PATH_MAX] = "";
    if (!root_count || !given)
        return 0;
    if (given[0] != '/') {
        if (folder == AT_FDCWD ? !getcwd(start, sizeof start) : !below_fd(folder, start))
            return 0;
    }
    int length = snprintf(path, PATH_MAX, "%s%s%s", start, given[0] == '/' ? "" : "/", given);
    return length < PATH_MAX && below(path);
}

static int is_in(const char *path, const char *folder)
{
    const char *end = strrchr(path, '/');
    return end && strlen(folder) == (size_t)(end - path) && !strncmp(path, folder, end - path);
}

/* Words. */

static void say(const char *format, ...)
{
    char line[PATH_MAX + 64];
    va_list values;
    va_start(values, format);
    int length = vsnprintf(line, sizeof line, format, values);
    va_end(values);
    if (trace >= 0 && length > 0)
        syscall(SYS_write, trace, line, (size_t)length);
}

static void stop(const char *why)
{
    say("the layer stopped: %s\n", why);
    abort();
}

#include "power.h"

static void die(void)
{
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;)
        pause();
}

/* Counts a call, with the lock held; the errno with which it shall fail, or 0. */
static int meets(int class, const char *call, const char *path, int needs_room)
{
    unsigned long number = ++counts[class];
    say("%lu %s %s %s\n", number, class == WRITES ? "write" : "read", call, path);
    if (class != class_at || (call_at && strcmp(call, call_at)) || ++met < at)
        return 0;
    if (met == at && lose)
        power_fails(), die();
    if (met == at && kills)
        die();
    if (!error || (met > at && !onwards) || (error == ENOSPC && !needs_room))
        return 0;
    say("failed\n");
    return error;
}

#define UNLOCKED(value) do { int kept = errno; pthread_mutex_unlock(&lock); errno = kept; return value; } while (0)
#define MEET(class, call, path, room) \
    pthread_mutex_lock(&lock); \
    if ((errno = meets(class, call, path, room))) UNLOCKED(-1)

__attribute__((constructor)) static void begin(void)
{
    const char *folders = getenv("FAULTS_BELOW"), *path = getenv("FAULTS_TRACE");
    if (!folders)
        return;
    char *rest = strdup(folders), *one;
    if (path)
        trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const char *class = getenv("FAULTS_CLASS"), *number = getenv("FAULTS_AT"), *code = getenv("FAULTS_ERROR");
    at = number ? strtoul(number, NULL, 10) : 0;
    class_at = !at || !class ? -1 : !strcmp(class, "write") ? WRITES : READS;
    error = code ? atoi(code) : 0;
    onwards = getenv("FAULTS_ONWARDS") != NULL, kills = getenv("FAULTS_KILL") != NULL;
    call_at = getenv("FAULTS_CALL"), lose = getenv("FAULTS_LOSE"), hold = getenv("FAULTS_HOLD");
    unsetenv("LD_PRELOAD");
    while ((one = strsep(&rest, ":")) && root_count < ROOTS)
        roots[root_count++] = one;
}

__attribute__((destructor)) static void end(void)
{
    if (root_count && lose && !at) {
        pthread_mutex_lock(&lock);
        power_fails();
        root_count = 0;
        pthread_mutex_unlock(&lock);
    }
}

/* The calls: open. */

static int opened(int folder, const char *given, int flags, mode_t mode)
{
    char path[PATH_MAX];
    struct stat is;
    if (!below_at(folder, given, path))
        return syscall(SYS_openat, folder, given, flags, mode);
    int writes = (flags & O_ACCMODE) != O_RDONLY || flags & (O_CREAT | O_TRUNC);
    int stood = !lstat(path, &is);
    MEET(writes ? WRITES : READS, "open", path, (flags & O_CREAT) && !stood);
    if (writes && stood)
        watch(path);
    int fd = syscall(SYS_openat, folder, given, flags, mode);
    if (fd >= 0 && lose && (flags & O_CREAT) && !stood && !fstat(fd, &is))
        watch(path), note(MADE, path, NULL, -1, &is);
    if (fd >= 0 && flags & O_TRUNC)
        changed(fd);
    UNLOCKED(fd);
}

#define OPENS(name) \
    int name(const char *path, int flags, ...) \
    { va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
      return opened(AT_FDCWD, path, flags, flags & (O_CREAT | O_TMPFILE) ? mode : 0); }
OPENS(open) OPENS(open64)
#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
      return opened(folder, path, flags, flags & (O_CREAT | O_TMPFILE) ? mode : 0); }
OPENS_AT(openat) OPENS_AT(openat64)
int creat(const char *path, mode_t mode) { return opened(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

/* The calls: read. */

#define READ(fd, call) do { char path[PATH_MAX]; \
    if (!below_fd(fd, path)) return call; \
    MEET(READS, "read", path, 0); ssize_t done = call; UNLOCKED(done); } while (0)
ssize_t read(int fd, void *to, size_t size) { READ(fd, syscall(SYS_read, fd, to, size)); }
ssize_t pread(int fd, void *to, size_t size, off_t from) { READ(fd, syscall(SYS_pread64, fd, to, size, from)); }
ssize_t pread64(int fd, void *to, size_t size, off64_t from) { READ(fd, syscall(SYS_pread64, fd, to, size, from)); }
ssize_t readv(int fd, const struct iovec *to, int count) { READ(fd, syscall(SYS_readv, fd, to, count)); }
ssize_t __read_chk(int fd, void *to, size_t size, size_t room) { (void)room; return read(fd, to, size); }
ssize_t __pread64_chk(int fd, void *to, size_t size, off64_t from, size_t room) { (void)room; return pread64(fd, to, size, from); }

static int listing_fails(int fd)
{
    char path[PATH_MAX];
    if (!below_fd(fd, path))
        return 0;
    MEET(READS, "list", path, 0);
    UNLOCKED(0);
}
#define LISTS(name, entry) \
    struct entry *name(DIR *folder) \
    { static struct entry *(*real)(DIR *); \
      if (!real) *(void **)&real = dlsym(RTLD_NEXT, #name); \
      if (listing_fails(dirfd(folder))) return NULL; \
      return real(folder); }
LISTS(readdir, dirent) LISTS(readdir64, dirent64)
DIR *opendir(const char *path)
{
    int fd = opened(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    return fd < 0 ? NULL : fdopendir(fd);
}

/* The calls: write. A full disk takes a half of what comes first. */

#define WRITE(fd, name, size, call, half) do { char path[PATH_MAX]; \
    if (!below_fd(fd, path)) return call; \
    pthread_mutex_lock(&lock); \
    int fault = meets(WRITES, name, path, 1); \
    if (fault == ENOSPC && !is_torn && (size) > 1) { is_torn = 1; changed(fd); ssize_t done = half; UNLOCKED(done); } \
    if ((errno = fault)) UNLOCKED(-1); \
    changed(fd); ssize_t done = call; UNLOCKED(done); } while (0)
ssize_t write(int fd, const void *of, size_t size)
{ WRITE(fd, "write", size, syscall(SYS_write, fd, of, size), syscall(SYS_write, fd, of, size / 2)); }
ssize_t pwrite(int fd, const void *of, size_t size, off_t to)
{ WRITE(fd, "write", size, syscall(SYS_pwrite64, fd, of, size, to), syscall(SYS_pwrite64, fd, of, size / 2, to)); }
ssize_t pwrite64(int fd, const void *of, size_t size, off64_t to) { return pwrite(fd, of, size, to); }
ssize_t writev(int fd, const struct iovec *of, int count)
{ WRITE(fd, "write", 0, syscall(SYS_writev, fd, of, count), 0); }
int ftruncate(int fd, off_t size) { WRITE(fd, "ftruncate", 0, syscall(SYS_ftruncate, fd, size), 0); }
int ftruncate64(int fd, off64_t size) { return ftruncate(fd, size); }

/* Without these, callers copy with read and write, which are seen. */
ssize_t copy_file_range(int from, off64_t *at_from, int to, off64_t *at_to, size_t size, unsigned flags)
{
    char path[PATH_MAX];
    if (below_fd(from, path) || below_fd(to, path))
        return errno = ENOSYS, -1;
    return syscall(SYS_copy_file_range, from, at_from, to, at_to, size, flags);
}
ssize_t sendfile(int to, int from, off_t *at_from, size_t size)
{
    char path[PATH_MAX];
    if (below_fd(from, path) || below_fd(to, path))
        return errno = ENOSYS, -1;
    return syscall(SYS_sendfile, to, from, at_from, size);
}
ssize_t sendfile64(int to, int from, off64_t *at_from, size_t size) { return sendfile(to, from, at_from, size); }

/* The calls: flush. */

static int flush(int fd, long number, const char *call, int all)
{
    char path[PATH_MAX];
    if (!below_fd(fd, path))
        return syscall(number, fd);
    size_t length = strlen(path);
    if (hold && length > 4 && !strcmp(path + length - 4, "-wal") && !access(hold, F_OK)) {
        say("held\n");
        while (!access(hold, F_OK))
            usleep(2000);
    }
    MEET(WRITES, call, path, 0);
    int done = syscall(number, fd);
    if (!done)
        flushed(fd, path, all);
    UNLOCKED(done);
}
int fsync(int fd) { return flush(fd, SYS_fsync, "fsync", 0); }
int fdatasync(int fd) { return flush(fd, SYS_fdatasync, "fdatasync", 0); }
int syncfs(int fd) { return flush(fd, SYS_syncfs, "syncfs", 1); }

/* The calls: names. */

static int renamed(int folder, const char *given, int to_folder, const char *to, unsigned flags)
{
    char from[PATH_MAX], path[PATH_MAX];
    struct stat is;
    int of_ours = below_at(folder, given, from) + below_at(to_folder, to, path);
    if (of_ours < 2)
        return syscall(SYS_renameat2, folder, given, to_folder, to, flags);
    MEET(WRITES, "rename", path, 0);
    int was = watch(path);
    watch(from);
    int stands = !lstat(from, &is);
    int done = syscall(SYS_renameat2, folder, given, to_folder, to, flags);
    if (!done && stands)
        note(RENAMED, path, from, was, &is);
    UNLOCKED(done);
}
int rename(const char *from, const char *to) { return renamed(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int folder, const char *from, int other, const char *to) { return renamed(folder, from, other, to, 0); }
int renameat2(int folder, const char *from, int other, const char *to, unsigned flags) { return renamed(folder, from, other, to, flags); }

int unlinkat(int folder, const char *given, int flags)
{
    char path[PATH_MAX];
    struct stat is;
    if (!below_at(folder, given, path))
        return syscall(SYS_unlinkat, folder, given, flags);
    MEET(WRITES, flags & AT_REMOVEDIR ? "rmdir" : "unlink", path, 0);
    int was = watch(path), stood = !lstat(path, &is);
    int done = syscall(SYS_unlinkat, folder, given, flags);
    if (!done && stood)
        note(flags & AT_REMOVEDIR ? REMOVED_FOLDER : REMOVED, path, NULL, was, &is);
    UNLOCKED(done);
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int mkdirat(int folder, const char *given, mode_t mode)
{
    char path[PATH_MAX];
    struct stat is;
    if (!below_at(folder, given, path))
        return syscall(SYS_mkdirat, folder, given, mode);
    MEET(WRITES, "mkdir", path, 1);
    int done = syscall(SYS_mkdirat, folder, given, mode);
    if (!done && !lstat(path, &is))
        note(MADE_FOLDER, path, NULL, -1, &is);
    UNLOCKED(done);
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int linkat(int folder, const char *given, int other, const char *to, int flags)
{
    char path[PATH_MAX];
    struct stat is;
    if (!below_at(other, to, path))
        return syscall(SYS_linkat, folder, given, other, to, flags);
    MEET(WRITES, "link", path, 1);
    int done = syscall(SYS_linkat, folder, given, other, to, flags);
    if (!done && !lstat(path, &is))
        note(MADE, path, NULL, -1, &is);
    UNLOCKED(done);
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int chmod(const char *given, mode_t mode)
{
    char path[PATH_MAX];
    if (!below_at(AT_FDCWD, given, path))
        return syscall(SYS_fchmodat, AT_FDCWD, given, mode);
    MEET(WRITES, "chmod", path, 0);
    int done = syscall(SYS_fchmodat, AT_FDCWD, given, mode);
    UNLOCKED(done);
}
