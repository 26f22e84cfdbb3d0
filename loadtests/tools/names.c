// The name server of the scenarios, and who asks it. hN.load.example has the address of class N modulo the number of classes.
//   names serve HERE ADDRESS...     answers for ever
//   names ask SERVER COUNT          asks for the first COUNT names, so that a proxy which binds names to addresses has seen them all
#include "common.h"
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PORT = 53, HEADER = 12, ROOM = 512, AT_ONCE = 32 };

// RFC 1035 section 4: the question again, and one A record for it.
static size_t answer(uint8_t *message, size_t length, char **addresses, int count) {
  size_t end = HEADER;
  while (end < length && message[end]) end += message[end] + 1u;
  if (end + 5 > length) return 0;
  int host = (int)strtol((char *)message + HEADER + 2, NULL, 10);
  bool is_address = message[end + 1] == 0 && message[end + 2] == 1;
  end += 5;
  memcpy(message + 2, "\x85\x80\0\1\0\0\0\0\0\0", 10);
  if (!is_address) return end;
  message[7] = 1;
  memcpy(message + end, "\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4", 12);
  inet_pton(AF_INET, addresses[host % count], message + end + 12);
  return end + 16;
}

static int serve(const char *here, char **addresses, int count) {
  struct sockaddr_in at = address_of(here, PORT), peer;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (bind(fd, (struct sockaddr *)&at, sizeof at)) die(here);
  puts("ready");
  fflush(stdout);
  for (;;) {
    uint8_t message[ROOM];
    socklen_t size = sizeof peer;
    ssize_t length = recvfrom(fd, message, ROOM - 32, 0, (struct sockaddr *)&peer, &size);
    size_t answered = length > HEADER ? answer(message, (size_t)length, addresses, count) : 0;
    if (answered) sendto(fd, message, answered, 0, (struct sockaddr *)&peer, size);
  }
}

static void question(int fd, int host) {
  uint8_t message[ROOM] = {(uint8_t)(host >> 8), (uint8_t)host, 1, 0, 0, 1};
  int length = HEADER + sprintf((char *)message + HEADER, "%ch%05d%cload%cexample", 6, host, 4, 7);
  memcpy(message + length, "\0\0\1\0\1", 5);
  send(fd, message, (size_t)length + 5, 0);
}

static int ask(const char *server, int count) {
  struct sockaddr_in to = address_of(server, PORT);
  int fd = socket(AF_INET, SOCK_DGRAM, 0), asked = 0, answered = 0;
  if (connect(fd, (struct sockaddr *)&to, sizeof to)) die(server);
  bool *known = calloc(65536, sizeof *known);
  for (int silent = 0; answered < count && silent < 5;) {
    while (asked < count && asked - answered < AT_ONCE) question(fd, asked++);
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, 500) == 0) {
      silent++;
      for (int host = 0; host < asked; host++) {
        if (!known[host]) question(fd, host);
      }
      continue;
    }
    uint8_t message[ROOM];
    ssize_t length = recv(fd, message, sizeof message, 0);
    int host = message[0] << 8 | message[1];
    if (length > HEADER && message[7] > 0 && !known[host]) {
      known[host] = true;
      answered++;
    }
  }
  free(known);
  if (answered < count) fprintf(stderr, "%d of %d names were answered\n", answered, count);
  return answered < count;
}

int main(int argc, char **argv) {
  if (argc >= 4 && !strcmp(argv[1], "serve")) return serve(argv[2], argv + 3, argc - 3);
  if (argc == 4 && !strcmp(argv[1], "ask")) return ask(argv[2], (int)number(argv[3]));
  fputs("usage: names serve HERE ADDRESS... | names ask SERVER COUNT\n", stderr);
  return 2;
}
