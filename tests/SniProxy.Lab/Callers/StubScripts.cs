namespace SniProxy.Lab.Callers;

/// <summary>Programs that look a name up and print, for each look-up, the milliseconds and the addresses: name, number of look-ups.</summary>
internal static class StubScripts
{
    public const string Python = """
        import socket, sys, time
        name, count = sys.argv[1], int(sys.argv[2])
        for _ in range(count):
            began = time.perf_counter()
            try:
                found = sorted({info[4][0] for info in socket.getaddrinfo(name, None)})
            except socket.gaierror:
                found = []
            print((time.perf_counter() - began) * 1000, *found)
        """;

    /// <summary>dns.resolve is c-ares; dns.lookup would be the C library.</summary>
    public const string Node = """
        const dns = require('dns').promises;
        const [name, count] = process.argv.slice(1);
        (async () => {
          for (let i = 0; i < count; i++) {
            const began = performance.now();
            const both = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
            console.log(performance.now() - began, ...both.flatMap(one => one.value ?? []));
          }
        })();
        """;

    public const string C = """
        #include <arpa/inet.h>
        #include <netdb.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <time.h>

        static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1e3 + t.tv_nsec / 1e6; }

        int main(int argc, char **argv) {
          struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
          for (int i = 0; i < atoi(argv[2]); i++) {
            double began = now();
            int failure = getaddrinfo(argv[1], NULL, &hints, &list);
            printf("%f", now() - began);
            for (struct addrinfo *one = failure ? NULL : list; one; one = one->ai_next) {
              char text[INET6_ADDRSTRLEN];
              void *address = one->ai_family == AF_INET ? (void *)&((struct sockaddr_in *)one->ai_addr)->sin_addr : (void *)&((struct sockaddr_in6 *)one->ai_addr)->sin6_addr;
              printf(" %s", inet_ntop(one->ai_family, address, text, sizeof text));
            }
            printf("\n");
          }
          return argc > 3;
        }
        """;
}
