// What the kernel alone takes for a connection through a transparent proxy: the fewest system calls by which one can be refused with a TLS
// alert, or led to where it was sent and back. No rules, no event, no time-outs, no protection: a floor to measure from, not a proxy.
//   floor PORT
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BUFFER = 65536, ACCEPTS = 64, ORIGINAL_DESTINATION = 80 };

static const uint8_t access_denied[] = {21, 3, 3, 0, 2, 2, 49}; // RFC 8446 sections 5.1 and 6.2
static int epoll;
static int *other;     // the other end of each descriptor
static uint8_t *first; // the hello that waits for its upstream, of each that has one
static size_t *waiting;

static bool is_denied(const uint8_t *hello, size_t length) {
  static const char zone[] = ".load.example";
  const uint8_t *found = memmem(hello, length, zone, sizeof zone - 1);
  return !found || found[-NAME_DIGITS - 1] != 'h';
}

static void watch_socket(int fd) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
}

static void lead(int client, const struct sockaddr_in *to, const uint8_t *hello, size_t length) {
  int upstream = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(upstream, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
  if (connect(upstream, (const struct sockaddr *)to, sizeof *to) && errno != EINPROGRESS) die("connect");
  other[client] = upstream;
  other[upstream] = client;
  memcpy(first + (size_t)upstream * BUFFER / 64, hello, length);
  waiting[upstream] = length;
  watch_socket(upstream);
}

static void accept_all(int listener) {
  static uint8_t buffer[BUFFER];
  for (int left = ACCEPTS; left > 0; left--) {
    int client = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    struct sockaddr_in to;
    socklen_t size = sizeof to;
    ssize_t length = recv(client, buffer, BUFFER / 64, 0);
    if (getsockopt(client, SOL_IP, ORIGINAL_DESTINATION, &to, &size) || length <= 0) {
      close(client);
      continue;
    }
    if (is_denied(buffer, (size_t)length)) {
      send(client, access_denied, sizeof access_denied, MSG_MORE | MSG_NOSIGNAL);
      close(client);
      continue;
    }
    lead(client, &to, buffer, (size_t)length);
  }
}

static void end(int fd) {
  close(fd);
  close(other[fd]);
}

static void go_on(int fd, uint32_t happened) {
  static uint8_t buffer[BUFFER];
  if (waiting[fd]) {
    if (!(happened & EPOLLOUT) || send(fd, first + (size_t)fd * BUFFER / 64, waiting[fd], MSG_NOSIGNAL) < 0) return end(fd);
    waiting[fd] = 0;
    watch_socket(other[fd]);
    return;
  }
  if (!(happened & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return;
  ssize_t length = recv(fd, buffer, sizeof buffer, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0 || send(other[fd], buffer, (size_t)length, MSG_NOSIGNAL) != length) end(fd);
}

int main(int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: floor PORT\n", stderr);
    return 2;
  }
  raise_descriptors();
  enum { MOST = 32768 };
  other = calloc(MOST, sizeof *other);
  waiting = calloc(MOST, sizeof *waiting);
  first = malloc((size_t)MOST * BUFFER / 64);
  if (!other || !waiting || !first) die("memory");
  epoll = epoll_create1(0);
  int listener = listen_on("0.0.0.0", (int)number(argv[1]));
  setsockopt(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, &(int){5}, sizeof(int));
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event)) die("epoll_ctl");
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      if (events[i].data.fd == listener) accept_all(listener);
      else go_on(events[i].data.fd, events[i].events);
    }
  }
}
