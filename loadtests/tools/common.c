#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int watched[MAX_WATCHED];
static int watched_count;

void die(const char *what) {
  perror(what);
  exit(1);
}

uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

double number(const char *text) {
  char *end;
  double value = strtod(text, &end);
  if (end == text || *end) {
    fprintf(stderr, "\"%s\" is not a number\n", text);
    exit(2);
  }
  return value;
}

void raise_descriptors(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

struct sockaddr_in address_of(const char *address, int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  if (inet_pton(AF_INET, address, &to.sin_addr) != 1) die(address);
  return to;
}

int open_socket(void) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  return fd;
}

int connect_to(int epoll, const struct sockaddr_in *to, uint64_t tag) {
  int fd = open_socket();
  if (connect(fd, (const struct sockaddr *)to, sizeof *to) && errno != EINPROGRESS) {
    close(fd);
    return -1;
  }
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = tag};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
  return fd;
}

int listen_on(const char *address, int port) {
  struct sockaddr_in here = address_of(address, port);
  int fd = open_socket();
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
  if (bind(fd, (struct sockaddr *)&here, sizeof here) || listen(fd, 65535)) die(address);
  return fd;
}

void name_hello(hello_t *hello, char letter, int number) {
  uint8_t *name = hello->bytes + hello->name;
  *name = (uint8_t)letter;
  for (int i = NAME_DIGITS; i > 0; i--, number /= 10) name[i] = (uint8_t)('0' + number % 10);
}

void watch(const char *pids) {
  char *copy = strdup(pids), *rest = copy, *pid;
  while ((pid = strsep(&rest, ",")) && watched_count < MAX_WATCHED) watched[watched_count++] = (int)number(pid);
  free(copy);
}

// proc(5): the 14th and 15th field of stat are utime and stime of all threads, those that have ended too. Their sum is exact to the
// tick: the kernel scales it to what the scheduler counted, softirqs that ran on the process's back included.
static double process_seconds(int pid) {
  char path[64], text[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) die(path);
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  unsigned long user, kernel;
  char *after = strrchr(text, ')');
  if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2) die(path);
  return (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

// proc(5): what was not idle, waiting or stolen. The idle time is measured, while the others are sampled at each tick and miss much.
cpu_t read_cpu(void) {
  cpu_t cpu = {.at = now_ns()};
  for (int i = 0; i < watched_count; i++) cpu.process += process_seconds(watched[i]);
  FILE *file = fopen("/proc/stat", "r");
  unsigned long idle, wait, stolen;
  if (!file || fscanf(file, "cpu %*u %*u %*u %lu %lu %*u %*u %lu", &idle, &wait, &stolen) != 3) die("/proc/stat");
  fclose(file);
  double all = (double)cpu.at / 1e9 * (double)sysconf(_SC_NPROCESSORS_ONLN);
  cpu.machine = all - (double)(idle + wait + stolen) / (double)sysconf(_SC_CLK_TCK);
  return cpu;
}

void add_time(times_t *times, uint64_t ns) {
  if (times->count == times->room) {
    times->room = times->room ? times->room * 2 : 1 << 16;
    times->values = realloc(times->values, times->room * sizeof *times->values);
    if (!times->values) die("realloc");
  }
  ns /= 100;
  times->values[times->count++] = ns > UINT32_MAX ? UINT32_MAX : (uint32_t)ns;
}

static int compare(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

double percentile_us(times_t *times, double share) {
  if (!times->count) return 0;
  qsort(times->values, times->count, sizeof *times->values, compare);
  size_t at = (size_t)(share * (double)(times->count - 1) + 0.5);
  return times->values[at] / 10.0;
}
