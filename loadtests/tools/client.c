// The near end of the plain scenarios: one thread, one epoll. Over 200 lines: all scenarios drive the same connections.
//   client SCENARIO --to ADDRESS [options]      prints one line of key=value
// Scenarios: connect   connection, ClientHello, first byte of the answer, close; a fixed number of them at any time, or at a rate
//            deny      the same with a name that no rule allows, until the connection is ended
//            serial    connect, one after the other, the client waiting in between
//            download  upload  pingpong      on connections that stand
//            idle      opens them, says so, holds them until standard input ends
#define _GNU_SOURCE
#include "common.h"
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORT = 443, EVENTS = 512, CHUNK_BYTES = 256 * 1024, PING_BYTES = 64, MOST = 60000 };
enum { SETTING_UP_AT_ONCE = 256 }; // of connections that are to stand

typedef enum { CONNECT, DENY, SERIAL, DOWNLOAD, UPLOAD, PINGPONG, IDLE, SCENARIOS } scenario_t;
static const char *const names[SCENARIOS] = {"connect", "deny", "serial", "download", "upload", "pingpong", "idle"};

typedef enum { FREE, CONNECTING, WAITING, STANDING } state_t;

typedef struct {
  int fd;
  state_t state;
  uint32_t left; // of a ping
  uint64_t began;
} connection_t;

static scenario_t scenario;
static struct sockaddr_in to;
static int wanted = 1, host_count = 1000, host_class, class_count = 4;
static double seconds = 5, warm_up = 1, rate;
static uint64_t pause_ns;

static connection_t connections[MOST];
static int free_slots[MOST], free_count, epoll, open_count, standing, next_host;
static hello_t hello;
static uint8_t buffer[CHUNK_BYTES];
static uint64_t done, errors, bytes; // in the window
static times_t times;
static bool in_window;
static int last_error;

static void fail(int slot);

// The next host of the class, so that every connection asks for another one.
static const hello_t *next_hello(void) {
  int hosts = host_count / class_count > 0 ? host_count / class_count : 1;
  name_hello(&hello, scenario == DENY ? 'x' : 'h', next_host * class_count + host_class);
  next_host = (next_host + 1) % hosts;
  return &hello;
}

static void begin(uint64_t at) {
  if (free_count == 0) {
    errors++;
    last_error = EMFILE;
    return;
  }
  int slot = free_slots[--free_count];
  connections[slot] = (connection_t){.state = CONNECTING, .began = at};
  open_count++;
  connections[slot].fd = connect_to(epoll, &to, (uint64_t)slot);
  if (connections[slot].fd < 0) fail(slot);
}

static void end(int slot) {
  if (connections[slot].fd >= 0) close(connections[slot].fd);
  if (connections[slot].state == STANDING) standing--;
  connections[slot].state = FREE;
  free_slots[free_count++] = slot;
  open_count--;
}

static void fail(int slot) {
  last_error = errno;
  errors++;
  end(slot);
}

static void finish(int slot) {
  if (in_window) {
    done++;
    add_time(&times, now_ns() - connections[slot].began);
  }
  end(slot);
}

static void ping(connection_t *connection) {
  connection->left = PING_BYTES;
  connection->began = now_ns();
  if (send(connection->fd, buffer, PING_BYTES, MSG_NOSIGNAL) != PING_BYTES) errors++;
}

// Asks for its events once more, although nothing has changed since.
static void wake(int slot) {
  struct epoll_event again = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.u64 = (uint64_t)slot};
  epoll_ctl(epoll, EPOLL_CTL_MOD, connections[slot].fd, &again);
}

static void stand(int slot) {
  connections[slot].state = STANDING;
  standing++;
  if (scenario == PINGPONG) ping(&connections[slot]);
  if (scenario == UPLOAD) wake(slot);
}

static void answered(int slot) {
  connection_t *connection = &connections[slot];
  ssize_t length = recv(connection->fd, buffer, sizeof buffer, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (scenario == DENY) {
    // An alert may come first; the end is what counts.
    while (length > 0) length = recv(connection->fd, buffer, sizeof buffer, 0);
    if (length == 0 || errno != EAGAIN) finish(slot);
    return;
  }
  if (length <= 0) {
    fail(slot);
  } else if (scenario == CONNECT) {
    finish(slot);
  } else {
    stand(slot);
  }
}

static void pong(int slot) {
  connection_t *connection = &connections[slot];
  ssize_t length = recv(connection->fd, buffer, sizeof buffer, 0);
  if (length < 0 && errno == EAGAIN) return;
  if (length <= 0 || (uint32_t)length > connection->left) {
    fail(slot);
    return;
  }
  connection->left -= (uint32_t)length;
  if (connection->left > 0) return;
  if (in_window) {
    done++;
    add_time(&times, now_ns() - connection->began);
  }
  ping(connection);
}

// Until the socket is empty or full, but not for ever: the others are there too. True when there is more to do.
static bool move(int slot) {
  connection_t *connection = &connections[slot];
  for (int i = 0; i < 8; i++) {
    ssize_t length = scenario == DOWNLOAD ? recv(connection->fd, buffer, 1 << 20, MSG_TRUNC) : send(connection->fd, buffer, sizeof buffer, MSG_NOSIGNAL);
    if (length < 0 && errno == EAGAIN) return false;
    if (length <= 0) {
      fail(slot);
      return false;
    }
    if (in_window) bytes += (uint64_t)length;
  }
  return true;
}

static void on_event(int slot, uint32_t happened) {
  connection_t *connection = &connections[slot];
  if (connection->state == CONNECTING && happened & EPOLLOUT && !(happened & EPOLLERR)) {
    const hello_t *first = next_hello();
    connection->state = WAITING;
    if (send(connection->fd, first->bytes, first->length, MSG_NOSIGNAL) != (ssize_t)first->length) fail(slot);
    if (connection->state == WAITING && happened & (EPOLLIN | EPOLLRDHUP)) answered(slot);
    return;
  }
  switch (connection->state) {
    case CONNECTING: fail(slot); return;
    case WAITING: answered(slot); return;
    case STANDING: break;
    default: return;
  }
  if (scenario == PINGPONG) {
    pong(slot);
  } else if (scenario == IDLE) {
    if (happened & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) fail(slot);
  } else if (move(slot)) {
    wake(slot);
  }
}

// What is due: at a rate, by the clock whatever the answers do (and timed from when it was due); else as many as are missing.
static void refill(uint64_t from, uint64_t *injected) {
  if (rate > 0) {
    double interval = 1e9 / rate;
    for (uint64_t now = now_ns(); from + (uint64_t)((double)*injected * interval) <= now; ++*injected) {
      begin(from + (uint64_t)((double)*injected * interval));
    }
    return;
  }
  bool stays = scenario != CONNECT && scenario != DENY;
  while (open_count < wanted && (!stays || open_count - standing < SETTING_UP_AT_ONCE) && errors < 1000) begin(now_ns());
}

static void turn(uint64_t until) {
  struct epoll_event events[EVENTS];
  uint64_t now = now_ns();
  uint64_t most = rate > 0 ? 200000 : 20000000, left = until > now ? until - now : 0;
  struct timespec wait = {.tv_nsec = (long)(left < most ? left : most)};
  int count = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
  for (int i = 0; i < count; i++) on_event((int)events[i].data.u64, events[i].events);
}

static void run_until(uint64_t until, uint64_t from, uint64_t *injected) {
  while (now_ns() < until) {
    refill(from, injected);
    turn(until);
  }
}

static void serial_one(void) {
  uint64_t began = now_ns();
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const hello_t *first = next_hello();
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) || send(fd, first->bytes, first->length, MSG_NOSIGNAL) < 0 ||
      recv(fd, buffer, sizeof buffer, 0) <= 0) {
    last_error = errno;
    errors++;
  } else if (in_window) {
    done++;
    add_time(&times, now_ns() - began);
  }
  if (fd >= 0) close(fd);
  struct timespec pause = {.tv_nsec = (long)pause_ns};
  if (pause_ns) nanosleep(&pause, NULL);
}

static void run(double length, uint64_t *injected) {
  uint64_t from = now_ns(), until = from + (uint64_t)(length * 1e9);
  *injected = 0;
  if (scenario != SERIAL) {
    run_until(until, from, injected);
    return;
  }
  while (now_ns() < until) serial_one();
}

static void set_up_standing(void) {
  uint64_t none = 0, limit = now_ns() + 60000000000u;
  while (standing < wanted) {
    refill(0, &none);
    turn(now_ns() + 20000000);
    if (now_ns() > limit || errors >= 1000) {
      fprintf(stderr, "%d of %d connections stand, %lu errors: %s\n", standing, wanted, errors, strerror(last_error));
      exit(1);
    }
  }
}

static void hold(void) {
  printf("open=%d errors=%lu\n", standing, errors);
  fflush(stdout);
  struct pollfd both[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = epoll, .events = POLLIN}};
  while (poll(both, 2, -1) > 0 && !both[0].revents) turn(now_ns());
  printf("open=%d errors=%lu\n", standing, errors);
}

static void read_options(int argc, char **argv) {
  static const struct option options[] = {
    {"to", 1, 0, 't'}, {"connections", 1, 0, 'n'}, {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'w'}, {"rate", 1, 0, 'r'},
    {"hosts", 1, 0, 'h'}, {"class", 1, 0, 'c'}, {"watch", 1, 0, 'p'}, {"pause", 1, 0, 'u'}, {0}};
  for (scenario = 0; argc > 1 && scenario < SCENARIOS && strcmp(argv[1], names[scenario]); scenario++) {
  }
  for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
    switch (option) {
      case 't': to = address_of(optarg, PORT); break;
      case 'n': wanted = (int)number(optarg); break;
      case 's': seconds = number(optarg); break;
      case 'w': warm_up = number(optarg); break;
      case 'r': rate = number(optarg); break;
      case 'h': host_count = (int)number(optarg); break;
      case 'c': host_class = (int)number(optarg); break;
      case 'p': watch(optarg); break;
      case 'u': pause_ns = (uint64_t)(number(optarg) * 1000); break;
      default: exit(2);
    }
  }
  if (argc < 2 || scenario == SCENARIOS || !to.sin_port || wanted > MOST) {
    fputs("usage: client SCENARIO --to ADDRESS [--connections N | --rate PER-SECOND] [--seconds S] [--warm-up S] [--hosts N --class N]\n"
          "       [--pause MICROSECONDS] [--watch PID,PID]\n", stderr);
    exit(2);
  }
}

int main(int argc, char **argv) {
  read_options(argc, argv);
  raise_descriptors();
  make_hello(&hello);
  epoll = epoll_create1(EPOLL_CLOEXEC);
  while (free_count < MOST) {
    free_slots[free_count] = free_count;
    free_count++;
  }
  uint64_t injected = 0;
  if (scenario >= DOWNLOAD) set_up_standing();
  if (scenario == IDLE) {
    hold();
    return 0;
  }
  run(warm_up, &injected);
  uint64_t failed = errors;
  in_window = true;
  cpu_t before = read_cpu();
  run(seconds, &injected);
  cpu_t after = read_cpu();
  errors -= failed;
  if (errors) fprintf(stderr, "%lu errors, the last: %s\n", errors, strerror(last_error));
  printf("count=%lu bytes=%lu errors=%lu seconds=%.6f cpu=%.3f machine=%.3f p50=%.1f p90=%.1f p99=%.1f hello=%zu\n", done, bytes, errors,
         (double)(after.at - before.at) / 1e9, after.process - before.process, after.machine - before.machine, percentile_us(&times, 0.5),
         percentile_us(&times, 0.9), percentile_us(&times, 0.99), hello.length);
  return done + bytes == 0;
}
