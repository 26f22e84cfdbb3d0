// How long a program takes from its start to listening, and to being ready; how large it is then.
//   start PORT READY-PORT COMMAND...     prints listening, ready (milliseconds) and rss (KiB), and ends the program with SIGTERM
// Listening means that a connection is taken on PORT; ready that GET /readyz on READY-PORT is answered with 200.
#include "common.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uint64_t patience = 20000000000u;
static const struct timespec moment = {.tv_nsec = 1000000}, settle = {.tv_sec = 2};

static int try_connect(int port) {
  struct sockaddr_in to = address_of("127.0.0.1", port);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (!connect(fd, (struct sockaddr *)&to, sizeof to)) return fd;
  close(fd);
  return -1;
}

static bool is_listening(int port) {
  int fd = try_connect(port);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

static bool is_ready(int port) {
  static const char request[] = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  char answer[64] = "";
  int fd = try_connect(port);
  if (fd < 0) return false;
  bool ready = send(fd, request, sizeof request - 1, MSG_NOSIGNAL) > 0 && recv(fd, answer, sizeof answer - 1, 0) > 12 && !strncmp(answer + 9, "200", 3);
  close(fd);
  return ready;
}

static double await(bool (*done)(int), int port, uint64_t began) {
  while (!done(port)) {
    if (now_ns() - began > patience) {
      fprintf(stderr, "port %d: nothing within %lu s\n", port, patience / 1000000000u);
      return -1;
    }
    nanosleep(&moment, NULL);
  }
  return (double)(now_ns() - began) / 1e6;
}

static long resident_kib(pid_t pid) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "r");
  long kib = -1;
  while (file && fgets(line, sizeof line, file)) sscanf(line, "VmRSS: %ld", &kib);
  if (file) fclose(file);
  return kib;
}

int main(int argc, char **argv) {
  if (argc < 4) {
    fputs("usage: start PORT READY-PORT COMMAND...\n", stderr);
    return 2;
  }
  uint64_t began = now_ns();
  pid_t pid = fork();
  if (pid == 0) {
    // What it says is not ours to print.
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
    execvp(argv[3], argv + 3);
    _exit(127);
  }
  double listening = await(is_listening, (int)number(argv[1]), began);
  double ready = listening < 0 ? -1 : await(is_ready, (int)number(argv[2]), began);
  nanosleep(&settle, NULL);
  printf("listening=%.1f ready=%.1f rss=%ld\n", listening, ready, resident_kib(pid));
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
  return ready < 0;
}
