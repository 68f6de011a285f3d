/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What is durable of the files that faults.c watches, and how the rest is lost. Part of it. */

#define FILES 900
#define NAMES 8000
#define PAGE 4096

enum { MADE, MADE_FOLDER, REMOVED, REMOVED_FOLDER, RENAMED };

/* A file that is written to, or taken away: kept open, so that its inode lives. */
struct file { dev_t dev; ino_t ino; mode_t mode; int fd, dirty; char *synced; size_t length; };
/* A change of names. `was` is the file that stood there before, or -1. */
struct name { int kind, durable, was; ino_t ino; mode_t mode; char *path, *from; };

static struct file files[FILES];
static struct name names[NAMES];
static int file_count, name_count;

static char *content(int fd, size_t *length)
{
    struct stat is;
    if (fstat(fd, &is))
        stop("a file cannot be seen");
    char *bytes = malloc(is.st_size + 1);
    size_t done = 0;
    while (done < (size_t)is.st_size) {
        ssize_t got = syscall(SYS_pread64, fd, bytes + done, is.st_size - done, done);
        if (got <= 0)
            stop("a file cannot be read");
        done += got;
    }
    *length = done;
    return bytes;
}

static void put(int fd, const char *bytes, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t put = syscall(SYS_pwrite64, fd, bytes + done, length - done, done);
        if (put <= 0)
            stop("a file cannot be put back");
        done += put;
    }
    if (syscall(SYS_ftruncate, fd, length))
        stop("a file cannot be cut");
}

static struct file *find(const struct stat *is)
{
    for (int i = 0; i < file_count; i++)
        if (files[i].ino == is->st_ino && files[i].dev == is->st_dev)
            return &files[i];
    return NULL;
}

/* Watches a file; what it holds now is durable. Not a folder, and not what is not there. */
static int watch(const char *path)
{
    struct stat is;
    if (!lose || lstat(path, &is) || !S_ISREG(is.st_mode))
        return -1;
    struct file *known = find(&is);
    if (known)
        return known - files;
    if (file_count == FILES)
        stop("too many files");
    struct file *file = &files[file_count];
    file->fd = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (file->fd < 0)
        stop("a file cannot be watched");
    file->dev = is.st_dev, file->ino = is.st_ino, file->mode = is.st_mode & 07777;
    file->synced = content(file->fd, &file->length);
    return file_count++;
}

static void changed(int fd)
{
    struct stat is;
    struct file *file = lose && !fstat(fd, &is) ? find(&is) : NULL;
    if (file)
        file->dirty = 1;
}

static void synced(struct file *file)
{
    if (file->dirty) {
        free(file->synced);
        file->synced = content(file->fd, &file->length);
        file->dirty = 0;
    }
}

static void note(int kind, const char *path, const char *from, int was, const struct stat *is)
{
    if (!lose)
        return;
    if (name_count == NAMES)
        stop("too many names");
    names[name_count++] = (struct name){ kind, 0, was, is->st_ino, is->st_mode & 07777,
                                         strdup(path), from ? strdup(from) : NULL };
}

static void flushed(int fd, const char *path, int all)
{
    struct stat is;
    if (!lose || fstat(fd, &is))
        return;
    for (int i = 0; i < file_count; i++)
        if (all || (files[i].ino == is.st_ino && files[i].dev == is.st_dev))
            synced(&files[i]);
    for (int i = 0; i < name_count; i++)
        names[i].durable |= all || (S_ISDIR(is.st_mode) && is_in(names[i].path, path));
}

/* The power fails. */

static uint64_t chance;

static uint64_t next_chance(void)
{
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    return chance;
}

/* Some pages of what was written since, and its length or the old one. */
static void mix(struct file *file)
{
    size_t length, old = file->length;
    char *now = content(file->fd, &length);
    size_t end = next_chance() & 64 ? length : old;
    char *mixed = calloc(1, end + 1);
    for (size_t page = 0; page < end; page += PAGE) {
        int is_new = (next_chance() & 64) != 0;
        size_t there = is_new ? length : old, part = end - page < PAGE ? end - page : PAGE;
        if (there > page)
            memcpy(mixed + page, (is_new ? now : file->synced) + page,
                   there - page < part ? there - page : part);
    }
    put(file->fd, mixed, end);
    free(now), free(mixed);
}

static void make_again(const char *path, const struct file *file)
{
    size_t length;
    int fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, file->mode);
    if (fd < 0)
        return;
    char *bytes = content(file->fd, &length);
    put(fd, bytes, length);
    free(bytes), syscall(SYS_close, fd);
}

static int remove_one(const char *path, const struct stat *is, int kind, struct FTW *where)
{
    (void)is, (void)where;
    syscall(SYS_unlinkat, AT_FDCWD, path, kind == FTW_DP ? AT_REMOVEDIR : 0);
    return 0;
}

static void undo(const struct name *name)
{
    struct stat is;
    int stands = !lstat(name->path, &is) && is.st_ino == name->ino;
    if (name->kind == MADE && stands)
        syscall(SYS_unlinkat, AT_FDCWD, name->path, 0);
    if (name->kind == MADE_FOLDER && stands)
        nftw(name->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    if (name->kind == REMOVED_FOLDER)
        syscall(SYS_mkdirat, AT_FDCWD, name->path, name->mode);
    if (name->kind == RENAMED && stands)
        syscall(SYS_renameat2, AT_FDCWD, name->path, AT_FDCWD, name->from, 0);
    if ((name->kind == REMOVED || name->kind == RENAMED) && name->was >= 0)
        make_again(name->path, &files[name->was]);
}

static void power_fails(void)
{
    int contents = 0, undone = 0, open_names = 0, stay = 0;
    chance = strtoull(lose, NULL, 10) * 0x9E3779B97F4A7C15u;
    for (int i = 0; i < name_count; i++)
        open_names += !names[i].durable;
    if (!strcmp(lose, "data"))
        stay = open_names;
    else if (chance)
        stay = next_chance() % (open_names + 1);
    for (int i = 0; i < file_count; i++) {
        if (!files[i].dirty)
            continue;
        contents++;
        if (chance)
            mix(&files[i]);
        else
            put(files[i].fd, files[i].synced, files[i].length);
    }
    for (int i = name_count - 1; i >= 0 && open_names > stay; i--)
        if (!names[i].durable)
            undo(&names[i]), undone++, open_names--;
    say("lost %d contents %d names\n", contents, undone);
}
