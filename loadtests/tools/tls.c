// Both ends of the scenarios with real TLS: one thread, one epoll each. Over 200 lines: the two ends share all but how they begin.
//   tls serve ADDRESS CERTIFICATE KEY
//   tls connect|download|upload --to ADDRESS [--connections N] [--rate BYTES-PER-SECOND-OF-ALL] [--seconds S] [--warm-up S] [--watch PIDS]
// Once the handshake is done the client says in nine bytes what it wants and at which rate; whoever sends keeps the rate.
#define _GNU_SOURCE
#include "common.h"
#include <errno.h>
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 443, MOST = 20000, EVENTS = 256, RECORD_BYTES = 16384, READ_AHEAD = 65536, IN_A_ROW = 64, TICK_NS = 1000000 };
enum { WISH_BYTES = 9 };
typedef enum { ECHO = 'E', DOWNLOAD = 'D', UPLOAD = 'U' } wish_t;

typedef struct {
  SSL *ssl; // null where there is no connection
  bool secured, wished;
  wish_t wish;
  uint64_t rate, began, paid; // bytes a second; when it began; bytes sent
} connection_t;

static connection_t connections[MOST]; // by descriptor
static SSL_CTX *context;
static bool is_server, in_window;
static int epoll, wanted = 1, open_count, wished_count, host_count = 1000, host_class = 3, next_host;
static double seconds = 5, warm_up = 1, rate;
static wish_t scenario;
static struct sockaddr_in to;
static uint8_t buffer[READ_AHEAD];
static uint64_t done, errors, bytes;
static times_t times;

static bool sends(const connection_t *connection) { return connection->wished && connection->wish == (is_server ? DOWNLOAD : UPLOAD); }

static void end(int fd) {
  SSL_free(connections[fd].ssl);
  if (connections[fd].wished) wished_count--;
  connections[fd] = (connection_t){0};
  close(fd);
  open_count--;
}

static void watch_descriptor(int operation, int fd) {
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.fd = fd};
  if (epoll_ctl(epoll, operation, fd, &event)) die("epoll_ctl");
}

// False when nothing can be done now, or the connection is over; then it has been ended.
static bool went_well(int fd, int result) {
  if (result > 0) return true;
  int error = SSL_get_error(connections[fd].ssl, result);
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    errors += error != SSL_ERROR_ZERO_RETURN && !is_server;
    ERR_clear_error();
    end(fd);
  }
  return false;
}

static void add(int fd, bool known) {
  if (fd >= MOST) {
    close(fd);
    errors++;
    return;
  }
  connections[fd] = (connection_t){.ssl = SSL_new(context), .began = now_ns()};
  SSL_set_fd(connections[fd].ssl, fd);
  if (is_server) {
    SSL_set_accept_state(connections[fd].ssl);
  } else {
    char name[32];
    snprintf(name, sizeof name, "h%05d.load.example", next_host * 4 + host_class);
    next_host = (next_host + 1) % (host_count / 4);
    SSL_set_tlsext_host_name(connections[fd].ssl, name);
    SSL_set_connect_state(connections[fd].ssl);
  }
  open_count++;
  if (!known) watch_descriptor(EPOLL_CTL_ADD, fd);
}

static void wish(int fd) {
  connection_t *connection = &connections[fd];
  connection->wish = scenario;
  connection->rate = rate > 0 ? (uint64_t)(rate / wanted) : 0;
  uint8_t message[WISH_BYTES] = {(uint8_t)scenario};
  memcpy(message + 1, &connection->rate, sizeof connection->rate);
  if (!went_well(fd, SSL_write(connection->ssl, message, WISH_BYTES))) return;
  connection->wished = true;
  wished_count++;
  if (scenario != ECHO) connection->began = now_ns();
}

static bool hear_wish(int fd) {
  connection_t *connection = &connections[fd];
  uint8_t message[WISH_BYTES];
  if (!went_well(fd, SSL_read(connection->ssl, message, WISH_BYTES))) return false;
  connection->wish = message[0];
  memcpy(&connection->rate, message + 1, sizeof connection->rate);
  connection->wished = true;
  connection->began = now_ns();
  wished_count++;
  return connection->wish != ECHO || went_well(fd, SSL_write(connection->ssl, "!", 1));
}

// True when the socket may hold more.
static bool receive(int fd) {
  for (int i = 0; i < IN_A_ROW; i++) {
    int length = SSL_read(connections[fd].ssl, buffer, sizeof buffer);
    if (!went_well(fd, length)) return false;
    if (in_window) bytes += (uint64_t)length;
    if (!is_server && scenario == ECHO) {
      if (in_window) {
        done++;
        add_time(&times, now_ns() - connections[fd].began);
      }
      end(fd);
      return false;
    }
  }
  return true;
}

// True when the socket may take more: it did not fill, and the rate allows it.
static bool transmit(int fd) {
  connection_t *connection = &connections[fd];
  for (int i = 0; i < IN_A_ROW; i++) {
    uint64_t due = connection->rate ? (uint64_t)((double)(now_ns() - connection->began) / 1e9 * (double)connection->rate) : UINT64_MAX;
    if (connection->paid + RECORD_BYTES > due) return false;
    int length = SSL_write(connection->ssl, buffer, RECORD_BYTES);
    if (!went_well(fd, length)) return false;
    connection->paid += (uint64_t)length;
    if (in_window) bytes += (uint64_t)length;
  }
  return true;
}

static void progress(int fd) {
  connection_t *connection = &connections[fd];
  if (!connection->ssl) return;
  if (!connection->secured) {
    if (!went_well(fd, SSL_do_handshake(connection->ssl))) return;
    connection->secured = true;
    if (!is_server) wish(fd);
  }
  if (!connection->ssl || (is_server && !connection->wished && !hear_wish(fd))) return;
  bool more = receive(fd);
  if (connection->ssl && sends(connection)) more |= transmit(fd);
  if (more && connection->ssl) watch_descriptor(EPOLL_CTL_MOD, fd);
}

static void accept_all(int listener) {
  for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) add(fd, false);
}

// One turn of the loop; those that keep a rate are looked at every millisecond.
static void turn(int listener, uint64_t *ticked) {
  struct epoll_event events[EVENTS];
  struct timespec wait = {.tv_nsec = rate > 0 ? TICK_NS : 20 * TICK_NS};
  int count = epoll_pwait2(epoll, events, EVENTS, &wait, NULL);
  for (int i = 0; i < count; i++) {
    if (events[i].data.fd == listener) {
      accept_all(listener);
    } else {
      progress(events[i].data.fd);
    }
  }
  uint64_t now = now_ns();
  if (now - *ticked < TICK_NS) return;
  *ticked = now;
  bool paced = false;
  for (int fd = 0, seen = 0; fd < MOST && seen < wished_count; fd++) {
    if (!connections[fd].wished) continue;
    seen++;
    if (!connections[fd].rate) continue;
    paced = true;
    if (sends(&connections[fd]) && transmit(fd)) watch_descriptor(EPOLL_CTL_MOD, fd);
  }
  if (is_server) rate = paced; // wakes it every millisecond while there is somebody to wake for
}

static int serve(const char *address, const char *certificate, const char *key) {
  is_server = true;
  context = SSL_CTX_new(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context, certificate) != 1 || SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1) die(certificate);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
  int listener = listen_on(address, PORT);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event)) die("epoll_ctl");
  puts("ready");
  fflush(stdout);
  for (uint64_t ticked = 0;;) turn(listener, &ticked);
}

static void run(double length) {
  for (uint64_t ticked = 0, until = now_ns() + (uint64_t)(length * 1e9); now_ns() < until && errors < 1000;) {
    while (open_count < wanted && errors < 1000) {
      int fd = connect_to(epoll, &to, 0);
      if (fd < 0) {
        errors++;
        continue;
      }
      add(fd, true);
      if (connections[fd].ssl) watch_descriptor(EPOLL_CTL_MOD, fd);
    }
    turn(-1, &ticked);
  }
}

static int drive(int argc, char **argv) {
  static const struct option options[] = {{"to", 1, 0, 't'}, {"connections", 1, 0, 'n'}, {"seconds", 1, 0, 's'}, {"warm-up", 1, 0, 'w'},
    {"rate", 1, 0, 'r'}, {"hosts", 1, 0, 'h'}, {"class", 1, 0, 'c'}, {"watch", 1, 0, 'p'}, {0}};
  scenario = !strcmp(argv[1], "download") ? DOWNLOAD : !strcmp(argv[1], "upload") ? UPLOAD : ECHO;
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
      default: return 2;
    }
  }
  context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
  run(warm_up);
  errors = 0;
  in_window = true;
  cpu_t before = read_cpu();
  run(seconds);
  cpu_t after = read_cpu();
  printf("count=%lu bytes=%lu errors=%lu seconds=%.6f cpu=%.3f machine=%.3f p50=%.1f p90=%.1f p99=%.1f\n", done, bytes, errors,
         (double)(after.at - before.at) / 1e9, after.process - before.process, after.machine - before.machine, percentile_us(&times, 0.5),
         percentile_us(&times, 0.9), percentile_us(&times, 0.99));
  return done + bytes == 0;
}

int main(int argc, char **argv) {
  raise_descriptors();
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (argc == 5 && !strcmp(argv[1], "serve")) return serve(argv[2], argv[3], argv[4]);
  if (argc > 3) return drive(argc, argv);
  fputs("usage: tls serve ADDRESS CERTIFICATE KEY | tls connect|download|upload --to ADDRESS [options]\n", stderr);
  return 2;
}
