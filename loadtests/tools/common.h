// What the load tools share: time, sockets, processor time from /proc, percentiles.
#ifndef COMMON_H
#define COMMON_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_WATCHED = 16 };

// A ClientHello of OpenSSL, padded as browsers pad theirs (RFC 7685), with room for one name of NAME_DIGITS digits.
typedef struct {
  uint8_t bytes[1024];
  size_t length;
  size_t name; // where the name begins
} hello_t;

enum { NAME_DIGITS = 5 }; // h00042.load.example

typedef struct {
  double process; // seconds of the watched processes
  double machine; // seconds of all processors, whatever ran on them
  uint64_t at;
} cpu_t;

typedef struct {
  uint32_t *values; // nanoseconds / 100, saturated
  size_t count, room;
} times_t;

void die(const char *what) __attribute__((noreturn));
uint64_t now_ns(void);
double number(const char *text);
void raise_descriptors(void);
struct sockaddr_in address_of(const char *address, int port);
int open_socket(void);                                        // non-blocking, no delay
int connect_to(int epoll, const struct sockaddr_in *to, uint64_t tag); // registered once, edge-triggered
int listen_on(const char *address, int port);
void make_hello(hello_t *hello);
void name_hello(hello_t *hello, char letter, int number);
void watch(const char *pids); // "12,34"
cpu_t read_cpu(void);
void add_time(times_t *times, uint64_t ns);
double percentile_us(times_t *times, double share); // sorts

#endif
