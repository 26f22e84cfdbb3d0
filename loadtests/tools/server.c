// The far end of the plain scenarios: one thread, one epoll. Whatever is asked begins with a ClientHello and is answered with a ServerHello;
// then the address says what follows: an echo, a download without end, or an upload that is thrown away.
//   server ECHO DOWNLOAD UPLOAD     addresses, all on port 443
#define _GNU_SOURCE
#include "common.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ECHO, DOWNLOAD, UPLOAD, KINDS };
enum { PORT = 443, MAX_DESCRIPTORS = 200000, CHUNK_BYTES = 256 * 1024, EVENTS = 256, RECORD_BYTES = 16384 };

typedef struct {
  uint8_t kind;
  bool answered;
  int hello_left; // of the ClientHello, when it comes in pieces
} connection_t;

static connection_t connections[MAX_DESCRIPTORS];
static uint8_t chunk[CHUNK_BYTES], buffer[CHUNK_BYTES];

// RFC 8446 section 4.1.3: TLS_AES_128_GCM_SHA256, supported_versions and key_share, a random that is not that of a HelloRetryRequest.
static uint8_t answer[] = {
  0x16, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3,
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
  0, 0x13, 0x01, 0, 0, 46, 0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32,
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32,
};

static void accept_all(int epoll, int listener, uint8_t kind) {
  for (;;) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == ECONNABORTED) return;
      die("accept4");
    }
    if (fd >= MAX_DESCRIPTORS) {
      close(fd);
      continue;
    }
    connections[fd] = (connection_t){.kind = kind};
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | (kind == ECHO ? EPOLLET : 0), .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
  }
}

// False when the connection is over. What is left of a ClientHello is passed over, whatever follows it in the same bytes is echoed.
static bool take(int fd, connection_t *connection, ssize_t length) {
  uint8_t *bytes = buffer;
  if (!connection->answered) {
    if (length < 5) return false;
    connection->hello_left = 5 + (bytes[3] << 8 | bytes[4]);
    connection->answered = true;
  }
  if (connection->hello_left > 0) {
    int part = length < connection->hello_left ? (int)length : connection->hello_left;
    connection->hello_left -= part;
    bytes += part;
    length -= part;
    if (connection->hello_left == 0 && send(fd, answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) return false;
  }
  return connection->kind != ECHO || length == 0 || send(fd, bytes, (size_t)length, MSG_NOSIGNAL) == length;
}

static bool receive(int fd, connection_t *connection, bool ended) {
  if (connection->kind == UPLOAD && connection->answered && connection->hello_left == 0) {
    // tcp(7): MSG_TRUNC throws the bytes away without copying them.
    return recv(fd, buffer, 1 << 20, MSG_TRUNC) > 0 || errno == EAGAIN;
  }
  for (;;) {
    ssize_t length = recv(fd, buffer, sizeof buffer, 0);
    if (length < 0) return errno == EAGAIN;
    if (length == 0 || !take(fd, connection, length)) return false;
    if (!ended) return true; // drained: the next edge comes with the next bytes
  }
}

static bool is_downloading(const connection_t *connection) {
  return connection->kind == DOWNLOAD && connection->answered && connection->hello_left == 0;
}

// False when the connection is over.
static bool serve(int epoll, int fd, uint32_t happened) {
  connection_t *connection = &connections[fd];
  bool before = is_downloading(connection);
  if (happened & ~(uint32_t)EPOLLOUT && !receive(fd, connection, happened & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) return false;
  if (!is_downloading(connection)) return true;
  if (!before) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP, .data.fd = fd};
    return !epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event);
  }
  return send(fd, chunk, sizeof chunk, MSG_NOSIGNAL) > 0 || errno == EAGAIN;
}

int main(int argc, char **argv) {
  if (argc != 1 + KINDS) {
    fputs("usage: server ECHO DOWNLOAD UPLOAD\n", stderr);
    return 2;
  }
  raise_descriptors();
  for (size_t at = 0; at < sizeof chunk; at += RECORD_BYTES) memcpy(chunk + at, "\x17\x03\x03\x3f\xfb", 5);
  int epoll = epoll_create1(0), listeners[KINDS];
  for (int kind = 0; kind < KINDS; kind++) {
    listeners[kind] = listen_on(argv[1 + kind], PORT);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listeners[kind]};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, listeners[kind], &event)) die("epoll_ctl");
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    struct epoll_event events[EVENTS];
    int count = epoll_wait(epoll, events, EVENTS, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd >= listeners[0] && fd < listeners[0] + KINDS) {
        accept_all(epoll, fd, (uint8_t)(fd - listeners[0]));
        continue;
      }
      if (!serve(epoll, fd, events[i].events)) close(fd);
    }
  }
}
