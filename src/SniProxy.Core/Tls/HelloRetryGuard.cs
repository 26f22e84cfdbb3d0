// Over 200 lines: the two directions decide together, and a reader must see both at once.
using System.Buffers;
using SniProxy.Core.Wire;

namespace SniProxy.Core.Tls;

/// <summary>
/// Sees to it that a connection allowed for one server name stays with it. A server that cannot use the key shares of a ClientHello asks for
/// a second one (HelloRetryRequest, RFC 8446 section 4.1.4); section 4.1.2 forbids the client to change anything else in it, but servers take
/// a changed server name for granted, and a client can provoke the question at will. So the second hello must name the same server, and carry
/// or not carry ECH, as the first.
/// <para>
/// Use: forward the first hello (<see cref="ClientHello.WireLength"/> bytes) to the server, then give <see cref="OnClientBytes"/> everything
/// that stood behind it and comes after it, and <see cref="OnServerBytes"/> everything the server sends, each byte once, in order, before it is
/// forwarded. Server bytes never wait. After each call look at the state: with <see cref="HelloRetryState.Released"/> send <see cref="Held"/>
/// to the server, dispose of the guard and relay freely; with <see cref="HelloRetryState.Refused"/> drop what is held and close. Where the
/// client ends while something is held, nothing of it may go out either. Nothing is held in a connection without a retry, unless the client
/// sends handshake records before it saw the server's answer, which no proper client does.
/// </para>
/// <para>
/// What may pass while watching: the client's alerts, change_cipher_spec (middlebox compatibility, appendix D.4) and early data; none of
/// them can hold a hello. The server's first handshake message decides. Warning alerts and change_cipher_spec before it decide nothing; a
/// fatal alert, or an answer that is not TLS, releases, for no hello will be read behind it. Bounded: a fixed state for the server, at most
/// <see cref="MaxHeldBytes"/> from the client. Not for two threads at a time: a relay with a task for each direction takes a lock.
/// </para>
/// </summary>
public sealed class HelloRetryGuard : IDisposable
{
    /// <summary>What is held at most before the connection is refused: a hello of the largest size and one read of the relay behind it.</summary>
    public const int MaxHeldBytes = 2 * ClientHelloReader.DefaultMaxWireBytes;

    private const byte ServerHelloType = 2;
    private const byte FatalAlertLevel = 2;

    // msg_type, length:24 and legacy_version stand before a ServerHello's random.
    private const int RandomOffset = 6;

    private const int FirstRent = 2048;

    private readonly ClientHello first;
    private readonly int maxHelloBytes;
    private readonly int maxWireBytes;
    private ClientHelloReader? secondReader;
    private TlsRecordWalk client;
    private TlsRecordWalk server;
    private bool isClientUnreadable;
    private bool isServerTls;
    private bool isAlertDescriptionNext;
    private int serverMessageRead;
    private byte[]? held;
    private int heldLength;

    /// <summary>Begins watching behind a hello that was read whole and allowed by its name. The limits are for the second one.</summary>
    public HelloRetryGuard(
        in ClientHello first,
        int maxHelloBytes = ClientHelloReader.DefaultMaxHelloBytes,
        int maxWireBytes = ClientHelloReader.DefaultMaxWireBytes)
    {
        this.first = first;
        this.maxHelloBytes = maxHelloBytes;
        this.maxWireBytes = maxWireBytes;
    }

    public HelloRetryState State { get; private set; } = HelloRetryState.Watching;

    /// <summary>
    /// Client bytes that wait here. Once the state is <see cref="HelloRetryState.Released"/> they go to the server before any other client byte.
    /// Valid until the next call and until <see cref="Dispose"/>, which takes the memory back.
    /// </summary>
    public ReadOnlyMemory<byte> Held => held.AsMemory(0, heldLength);

    // RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest".
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    /// <summary>Looks at bytes of the server. All of them may be forwarded to the client, unless the state is refused afterwards.</summary>
    public HelloRetryState OnServerBytes(ReadOnlySpan<byte> bytes)
    {
        while (State == HelloRetryState.Watching && !bytes.IsEmpty)
        {
            var taken = 1;
            if (server.IsInPayload)
            {
                taken = TakeServerPayload(bytes);
            }
            else
            {
                TakeServerHeader(bytes[0]);
            }

            bytes = bytes[taken..];
        }

        return State;
    }

    /// <summary>
    /// Takes bytes of the client and answers how many from the front may be forwarded to the server now. The others are kept in
    /// <see cref="Held"/>; they are not to be given again.
    /// </summary>
    public int OnClientBytes(ReadOnlySpan<byte> bytes)
    {
        if (State == HelloRetryState.Refused)
        {
            return 0;
        }

        if (State == HelloRetryState.Released && heldLength == 0)
        {
            return bytes.Length;
        }

        var passed = heldLength == 0 && !isClientUnreadable ? Pass(bytes) : 0;
        if (passed < bytes.Length)
        {
            Hold(bytes[passed..]);
        }

        return State == HelloRetryState.Refused ? 0 : passed;
    }

    public void Dispose()
    {
        secondReader?.Dispose();
        heldLength = 0;
        if (held is not null)
        {
            ArrayPool<byte>.Shared.Return(held);
            held = null;
        }
    }

    private void TakeServerHeader(byte value)
    {
        if (server.TryTakeHeader(value))
        {
            isServerTls |= server.HasVersion;
            return;
        }

        State = isServerTls ? HelloRetryState.Refused : HelloRetryState.Released;
    }

    private int TakeServerPayload(ReadOnlySpan<byte> bytes)
    {
        var count = server.Type == TlsRecordHeader.ChangeCipherSpec ? Math.Min(bytes.Length, server.Remaining) : 1;
        server.TakePayload(count);
        switch (server.Type)
        {
            case TlsRecordHeader.Handshake:
                TakeServerMessage(bytes[0]);
                break;
            case TlsRecordHeader.Alert:
                TakeServerAlert(bytes[0]);
                break;
            case TlsRecordHeader.ChangeCipherSpec:
                break;
            default:
                // Protected records before anything was agreed on: there is no telling what such a server does next.
                State = HelloRetryState.Refused;
                break;
        }

        return count;
    }

    // { level, description }, and TLS 1.2 lets several share a record, or one be cut in two (RFC 5246 section 6.2.1).
    private void TakeServerAlert(byte value)
    {
        if (!isAlertDescriptionNext && value == FatalAlertLevel)
        {
            State = HelloRetryState.Released;
        }

        isAlertDescriptionNext = !isAlertDescriptionNext;
    }

    private void TakeServerMessage(byte value)
    {
        var index = serverMessageRead++;
        if (index == 0 && value != ServerHelloType)
        {
            State = HelloRetryState.Refused;
        }
        else if (index >= RandomOffset && value != RetryRandom[index - RandomOffset])
        {
            State = HelloRetryState.Released;
        }
        else if (index == RandomOffset + RetryRandom.Length - 1)
        {
            State = isClientUnreadable ? HelloRetryState.Refused : HelloRetryState.Retrying;
            ReadSecondHello();
        }
    }

    // Whatever is no handshake goes on; from the first byte on that may be one, or is nothing readable, all has to wait.
    private int Pass(ReadOnlySpan<byte> bytes)
    {
        var passed = 0;
        while (passed < bytes.Length)
        {
            if (client.IsInPayload)
            {
                var count = Math.Min(bytes.Length - passed, client.Remaining);
                client.TakePayload(count);
                passed += count;
                continue;
            }

            if (client.IsAtRecord && bytes[passed] is not (TlsRecordHeader.ChangeCipherSpec or TlsRecordHeader.Alert or TlsRecordHeader.ApplicationData))
            {
                break;
            }

            if (!client.TryTakeHeader(bytes[passed]))
            {
                isClientUnreadable = true;
                break;
            }

            passed++;
        }

        return passed;
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxHeldBytes - heldLength || (isClientUnreadable && State == HelloRetryState.Retrying))
        {
            State = HelloRetryState.Refused;
            return;
        }

        var needed = heldLength + bytes.Length;
        if (held is null || held.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, held is null ? FirstRent : held.Length * 2));
            held.AsSpan(0, heldLength).CopyTo(larger);
            if (held is not null)
            {
                ArrayPool<byte>.Shared.Return(held);
            }

            held = larger;
        }

        bytes.CopyTo(held.AsSpan(heldLength));
        heldLength = needed;
        ReadSecondHello();
    }

    private void ReadSecondHello()
    {
        if (State != HelloRetryState.Retrying || heldLength == 0)
        {
            return;
        }

        secondReader ??= new ClientHelloReader(maxHelloBytes, maxWireBytes);
        State = secondReader.Read(new ReadOnlySequence<byte>(Held)) switch
        {
            ReadStatus.Incomplete => HelloRetryState.Retrying,
            ReadStatus.Complete when IsSame(first, secondReader.Hello) => HelloRetryState.Released,
            _ => HelloRetryState.Refused,
        };
    }

    private static bool IsSame(in ClientHello first, in ClientHello second) =>
        first.ServerNameStatus == second.ServerNameStatus && Equals(first.ServerName, second.ServerName) && first.HasEch == second.HasEch;
}
