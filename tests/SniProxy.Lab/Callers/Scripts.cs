namespace SniProxy.Lab.Callers;

/// <summary>What Python and Node are given to run: host, path, family, proxy address or nothing, proxy port.</summary>
internal static class Scripts
{
    public const string Python = """
        import http.client, socket, sys
        host, path, family, proxy, port = sys.argv[1:6]
        want = socket.AF_INET if family == "4" else socket.AF_INET6
        resolve = socket.getaddrinfo
        def only(h, p, f=0, *rest, **more):
            return resolve(h, p, want, *rest, **more)
        socket.getaddrinfo = only
        if proxy:
            connection = http.client.HTTPSConnection(proxy, int(port), timeout=10)
            connection.set_tunnel(host, 443)
        else:
            connection = http.client.HTTPSConnection(host, 443, timeout=10)
        connection.request("GET", path)
        sys.stdout.buffer.write(connection.getresponse().read())
        """;

    public const string Node = """
        const http = require('http'), https = require('https'), tls = require('tls');
        const [host, path, family, proxy, port] = process.argv.slice(1);
        const fail = e => { console.error(e.message, e.code); process.exit(1); };
        const get = options => https.get({ host, path, servername: host, timeout: 10000, ...options }, r => {
          const parts = [];
          r.on('data', d => parts.push(d));
          r.on('end', () => process.stdout.write(Buffer.concat(parts)));
        }).on('error', fail);
        if (!proxy) {
          get({ family: Number(family), agent: false });
        } else {
          http.request({ host: proxy, port, method: 'CONNECT', path: host + ':443', headers: { host: host + ':443' } })
            .on('connect', (r, socket) => r.statusCode === 200
              ? get({ createConnection: () => tls.connect({ socket, servername: host }) })
              : fail(new Error('proxy answered ' + r.statusCode)))
            .on('error', fail).end();
        }
        """;
}
