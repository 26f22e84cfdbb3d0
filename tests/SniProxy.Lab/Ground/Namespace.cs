using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SniProxy.Lab.Ground;

/// <summary>One network namespace: commands and long-lived processes run inside it, and sockets of this process can be opened inside it.</summary>
public sealed partial class Namespace(string name, string labFolder)
{
    private const int CloneNewNet = 0x40000000; // <linux/sched.h>

    public string Name => name;

    /// <summary>What every process in here gets beside the bare environment.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    public Command Command(params string[] words) => new(["ip", "netns", "exec", name, .. words]) { Environment = Environment };

    public Task<CommandResult> RunAsync(params string[] words) => Command(words).RunAsync();

    /// <summary>Feeds a program's standard input: nft and ip take whole scripts.</summary>
    public Task<CommandResult> FeedAsync(string input, params string[] words) =>
        (Command(words) with { Input = System.Text.Encoding.UTF8.GetBytes(input) }).RunAsync();

    public Child Start(params string[] words) => Start(words, Environment);

    public Child Start(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment, string? folder = null) =>
        Child.Start(["ip", "netns", "exec", name, .. words], environment, labFolder, folder);

    /// <summary>A socket belongs for life to the namespace of the thread that made it; afterwards any thread may use it.</summary>
    public Socket CreateSocket(AddressFamily family, SocketType type, ProtocolType protocol) =>
        Inside(() => new Socket(family, type, protocol));

    public async Task<Socket> ConnectAsync(IPEndPoint destination, TimeSpan? timeout = null)
    {
        var socket = CreateSocket(destination.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            using var deadline = new CancellationTokenSource(timeout ?? TimeSpan.FromSeconds(5));
            socket.NoDelay = true;
            await socket.ConnectAsync(destination, deadline.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A listener on one address, or on both families when the address is IPv6's unspecified one.</summary>
    public Socket Listen(IPEndPoint endpoint)
    {
        var socket = CreateSocket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        if (endpoint.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = endpoint.Address.Equals(IPAddress.IPv6Any);
        }

        socket.Bind(endpoint);
        socket.Listen(512);
        return socket;
    }

    /// <summary>An HTTP client whose connections start in here.</summary>
    public HttpClient CreateHttpClient()
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectCallback = async (context, cancellation) =>
            {
                var address = IPAddress.Parse(context.DnsEndPoint.Host.Trim('[', ']'));
                var socket = CreateSocket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        return new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
    }

    /// <summary>Runs a short synchronous action on a thread of its own that lives in the namespace and ends with the action.</summary>
    public T Inside<T>(Func<T> action)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter();
                result = action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { IsBackground = true, Name = $"in {name}" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result is null ? throw new LabException("the action gave nothing back") : result;
    }

    private void Enter()
    {
        using var file = File.OpenHandle($"/run/netns/{name}");
        if (SetNamespace(file, CloneNewNet) != 0)
        {
            throw new LabException($"setns({name}): error {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle descriptor, int type);
}
