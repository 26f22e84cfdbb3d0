// Over 200 lines: each shape of a retry is a few lines, and they share their makers of bytes.
using System.Security.Cryptography;
using SniProxy.Core.Tls;
using static SniProxy.Core.Tests.Tls.ClientHelloBuilder;

namespace SniProxy.Core.Tests.Tls;

public sealed class HelloRetryGuardTests
{
    private static readonly byte[] RetryRequest = Record(22, ServerHello(SHA256.HashData("HelloRetryRequest"u8)), 0x0303);
    private static readonly byte[] OrdinaryHello = Record(22, ServerHello(new byte[32]), 0x0303);
    private static readonly byte[] CompatibilityRecord = Record(20, [1], 0x0303);

    // Shares all but the last byte with the sign of a retry.
    private static readonly byte[] NearlyRetryRequest = Record(22, ServerHello([.. SHA256.HashData("HelloRetryRequest"u8)[..31], 0x9d]), 0x0303);

    [Fact]
    public void ReleasesAfterAnOrdinaryServerHello()
    {
        using var guard = Guard();

        Assert.Equal(HelloRetryState.Released, guard.OnServerBytes([.. OrdinaryHello, .. CompatibilityRecord, .. Record(23, new byte[500], 0x0303)]));
        Assert.Equal(0, guard.Held.Length);
        Assert.Equal(300, guard.OnClientBytes(new byte[300]));
    }

    [Fact]
    public void ReleasesWhereTheRandomOnlyBeginsLikeARetry()
    {
        using var guard = Guard();

        Assert.Equal(HelloRetryState.Watching, guard.OnServerBytes(NearlyRetryRequest.AsSpan(0, 5 + 37)));
        Assert.Equal(HelloRetryState.Released, guard.OnServerBytes(NearlyRetryRequest.AsSpan(5 + 37)));
    }

    [Fact]
    public void PassesASecondHelloForTheSameName() => Assert.Equal(HelloRetryState.Released, Retry(For(), For("ALLOWED.example.")));

    [Fact]
    public void PassesASecondHelloWithOtherKeySharesAndACookie() =>
        Assert.Equal(HelloRetryState.Released, Retry(For(), For().Without(51).With(44, 0x00, 0x02, 0xaa, 0xbb).With(51, new byte[103])));

    [Fact]
    public void PassesASecondHelloWithoutANameBehindOneWithout() => Assert.Equal(HelloRetryState.Released, Retry(For(null), For(null)));

    [Fact]
    public void PassesEncryptedHellosWhoseOuterNameStays() =>
        Assert.Equal(HelloRetryState.Released, Retry(For().With(0xfe0d, EchOuter()), For().With(0xfe0d, EchOuter())));

    public static TheoryData<string> Changes => [.. Second.Keys];

    private static Dictionary<string, (ClientHelloBuilder First, ClientHelloBuilder Next)> Second { get; } = new()
    {
        ["another name"] = (For(), For("denied.example")),
        ["a name below the first"] = (For(), For("a.allowed.example")),
        ["no name any more"] = (For(), For(null)),
        ["a name now"] = (For(null), For()),
        ["an address now"] = (For(), For("192.0.2.1")),
        ["an address instead of none"] = (For(null), For("192.0.2.1")),
        ["two names"] = (For(), For().With(0, ServerName("denied.example"))),
        ["two entries"] = (For(), For().WithServerName(ServerNames((0, "allowed.example"u8.ToArray()), (0, "denied.example"u8.ToArray())))),
        ["no proper name"] = (For(), For("allowed.example\0.denied.example")),
        ["ECH now"] = (For(), For().With(0xfe0d, EchOuter())),
        ["encrypted_server_name now"] = (For(), For().With(0xffce, 1, 2)),
        ["no ECH any more"] = (For().With(0xfe0d, EchOuter()), For()),
        ["a broken length"] = (For(), For().Set(hello => hello.ExtensionsLengthDelta = 1)),
        ["too large"] = (For(), For().PaddedTo(40000)),
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void RefusesASecondHelloWith(string change)
    {
        var (first, next) = Second[change];

        Assert.Equal(HelloRetryState.Refused, Retry(first, next));
        Assert.Equal(HelloRetryState.Refused, RetryWithAHelloSentEarly(first, next));
    }

    [Theory]
    [InlineData("other bytes", new byte[] { 0x47, 0x45, 0x54, 0x20 })]
    [InlineData("an SSL 2.0 hello", new byte[] { 0x80, 0x2e, 0x01, 0x03, 0x01 })]
    [InlineData("another handshake message", new byte[] { 0x16, 0x03, 0x03, 0x00, 0x01, 0x0b })]
    [InlineData("an empty record", new byte[] { 0x16, 0x03, 0x03, 0x00, 0x00 })]
    [InlineData("a heartbeat", new byte[] { 0x18, 0x03, 0x03, 0x00, 0x01, 0x01 })]
    [InlineData("early data of another version", new byte[] { 0x17, 0x16, 0x03, 0x03, 0x00, 0x01 })]
    [InlineData("early data of no possible length", new byte[] { 0x17, 0x03, 0x03, 0xff, 0xff })]
    public void RefusesInsteadOfASecondHello(string what, byte[] bytes)
    {
        Assert.NotEmpty(what);
        foreach (var cut in Enumerable.Range(0, bytes.Length + 1))
        {
            using var late = Guard();
            late.OnServerBytes(RetryRequest);
            late.OnClientBytes(bytes.AsSpan(0, cut));
            late.OnClientBytes(bytes.AsSpan(cut));
            late.OnClientBytes(For().Wire());
            Assert.Equal(HelloRetryState.Refused, late.State);

            using var early = Guard();
            early.OnClientBytes(bytes.AsSpan(0, cut));
            early.OnClientBytes(bytes.AsSpan(cut));
            early.OnClientBytes(For().Wire());
            Assert.Equal(HelloRetryState.Watching, early.State);
            Assert.Equal(HelloRetryState.Refused, early.OnServerBytes(RetryRequest));
        }
    }

    [Fact]
    public void HidesNoHelloBehindAnUnreadableRecord()
    {
        // The header breaks inside; what is left from there on would look like a proper hello.
        byte[] bytes = [0x17, .. For().Wire()];
        using var guard = Guard();
        foreach (var value in bytes)
        {
            guard.OnClientBytes([value]);
        }

        Assert.Equal(HelloRetryState.Refused, guard.OnServerBytes(RetryRequest));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void DecidesTheSameWhereverTheServersBytesAreCut(bool isRetry)
    {
        byte[] bytes = [.. Record(21, [1, 112], 0x0303), .. isRetry ? RetryRequest : OrdinaryHello];
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            using var guard = Guard();
            guard.OnServerBytes(bytes.AsSpan(0, cut));
            guard.OnServerBytes(bytes.AsSpan(cut));
            Assert.Equal(isRetry ? HelloRetryState.Retrying : HelloRetryState.Released, guard.State);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(38)]
    public void SeesARetryOverRecords(int size)
    {
        var wire = Records(RetryRequest.AsSpan(5), size, 0x0303);
        using var whole = Guard();
        using var bytewise = Guard();

        Assert.Equal(HelloRetryState.Retrying, whole.OnServerBytes(wire));
        foreach (var value in wire)
        {
            bytewise.OnServerBytes([value]);
        }

        Assert.Equal(HelloRetryState.Retrying, bytewise.State);
    }

    [Fact]
    public void SeesARetryBehindWarningsAndChangeCipherSpec()
    {
        using var guard = Guard();

        guard.OnServerBytes([.. Record(21, [1, 112]), .. Record(21, [1, 2, 1, 2]), .. CompatibilityRecord, .. Record(21, [1]), .. Record(21, [2])]);

        Assert.Equal(HelloRetryState.Retrying, guard.OnServerBytes(RetryRequest));
    }

    [Theory]
    [InlineData("fatal alert", new byte[] { 0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28 })]
    [InlineData("HTTP", new byte[] { 0x48, 0x54, 0x54, 0x50 })]
    [InlineData("SSH", new byte[] { 0x53, 0x53, 0x48, 0x2d })]
    [InlineData("TLS 1.2", new byte[] { 0x16, 0x03, 0x03, 0x00, 0x40, 0x02, 0x00, 0x00, 0x3c, 0x03, 0x03, 0x60 })]
    public void ReleasesAfter(string answer, byte[] bytes)
    {
        Assert.NotEmpty(answer);
        using var guard = Guard();
        guard.OnClientBytes(For("denied.example").Wire());

        Assert.Equal(HelloRetryState.Released, guard.OnServerBytes(bytes));
        Assert.Equal(For("denied.example").Wire(), guard.Held.ToArray());
    }

    [Theory]
    [InlineData("HelloRequest", new byte[] { 0x16, 0x03, 0x03, 0x00, 0x04, 0x00 })]
    [InlineData("application data", new byte[] { 0x17, 0x03, 0x03, 0x00, 0x04, 0x00 })]
    [InlineData("a record of no possible length", new byte[] { 0x16, 0x03, 0x03, 0xff, 0xff })]
    [InlineData("garbage behind a proper record", new byte[] { 0x15, 0x03, 0x03, 0x00, 0x02, 0x01, 0x00, 0x48 })]
    public void RefusesAServerThatBeginsWith(string answer, byte[] bytes)
    {
        Assert.NotEmpty(answer);
        using var guard = Guard();
        Assert.Equal(HelloRetryState.Refused, guard.OnServerBytes(bytes));
    }

    [Fact]
    public void LetsEarlyDataAndChangeCipherSpecAndAlertsPassAtOnceWhileWatching()
    {
        byte[] bytes = [.. CompatibilityRecord, .. Record(23, new byte[700], 0x0303), .. Record(23, new byte[16384 + 256], 0x0303), .. Record(21, [1, 0], 0x0303)];
        for (var cut = 0; cut <= bytes.Length; cut += 97)
        {
            using var guard = Guard();
            Assert.Equal(cut, guard.OnClientBytes(bytes.AsSpan(0, cut)));
            Assert.Equal(bytes.Length - cut, guard.OnClientBytes(bytes.AsSpan(cut)));
            Assert.Equal(HelloRetryState.Released, guard.OnServerBytes(OrdinaryHello));
            Assert.Equal(0, guard.Held.Length);
        }
    }

    [Fact]
    public void HoldsAnEarlyHandshakeRecordAndAllBehindItUntilTheServerHasAnswered()
    {
        var hello = For("denied.example").Wire();
        using var guard = Guard();

        Assert.Equal(CompatibilityRecord.Length, guard.OnClientBytes([.. CompatibilityRecord, .. hello]));
        Assert.Equal(0, guard.OnClientBytes(Record(23, new byte[10], 0x0303)));
        Assert.Equal(HelloRetryState.Released, guard.OnServerBytes(OrdinaryHello));
        Assert.Equal([.. hello, .. Record(23, new byte[10], 0x0303)], guard.Held.ToArray());
        Assert.Equal(0, guard.OnClientBytes([1, 2, 3]));
        Assert.Equal([1, 2, 3], guard.Held[^3..].ToArray());
    }

    [Theory]
    [InlineData(16384)]
    [InlineData(64)]
    [InlineData(1)]
    public void DecidesTheSameWhereverTheClientsBytesAreCut(int recordSize)
    {
        foreach (var (name, expected) in ((string, HelloRetryState)[])[(DefaultName, HelloRetryState.Released), ("denied.example", HelloRetryState.Refused)])
        {
            byte[] bytes = [.. CompatibilityRecord, .. Records(For(name).Message(), recordSize, 0x0303), .. Record(23, new byte[20], 0x0303)];
            for (var cut = 0; cut <= bytes.Length; cut++)
            {
                Assert.Equal(expected, RetryInTwoPieces(bytes, cut));
            }
        }
    }

    [Fact]
    public void NoMutationOfASecondHelloGetsPastForAnotherName()
    {
        var mutator = new HelloMutator(seed: 20260103, [.. HelloCases.All.Where(testCase => testCase.Name == DefaultName).Select(testCase => testCase.Wire)]);
        var released = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var input = mutator.Next();
            using var guard = Guard();
            guard.OnServerBytes(RetryRequest);
            var cut = i % (input.Count + 1);
            var passed = guard.OnClientBytes(input.AsSpan(0, cut)) + guard.OnClientBytes(input.AsSpan(cut));
            if (guard.State == HelloRetryState.Released)
            {
                released++;
                Assert.Equal(input.AsSpan(passed), guard.Held.Span);
                Assert.Equal(DefaultName, PlainHelloReader.Read(guard.Held.ToArray()));
            }
        }

        Assert.InRange(released, 500, 49_000);
    }

    [Fact]
    public void HoldsTheSecondHelloUntilItIsWhole()
    {
        var hello = Records(For().Message(), 64);
        using var guard = Guard();
        guard.OnServerBytes(RetryRequest);
        for (var i = 0; i < hello.Length - 1; i++)
        {
            Assert.Equal(0, guard.OnClientBytes([hello[i]]));
            Assert.Equal(HelloRetryState.Retrying, guard.State);
        }

        Assert.Equal(0, guard.OnClientBytes([hello[^1]]));
        Assert.Equal(HelloRetryState.Released, guard.State);
        Assert.Equal(hello, guard.Held.ToArray());
    }

    [Fact]
    public void SendsNothingOnceRefused()
    {
        using var guard = Guard();
        guard.OnServerBytes(RetryRequest);

        Assert.Equal(0, guard.OnClientBytes([.. CompatibilityRecord, .. For("denied.example").Wire()]));
        Assert.Equal(0, guard.OnClientBytes(CompatibilityRecord));
        Assert.Equal(HelloRetryState.Refused, guard.OnServerBytes(OrdinaryHello));
    }

    [Fact]
    public void HoldsNoMoreThanItsLimit()
    {
        using var guard = Guard();
        guard.OnClientBytes([0x16]);
        for (var held = 1; held < HelloRetryGuard.MaxHeldBytes; held += 4096)
        {
            Assert.Equal(HelloRetryState.Watching, guard.State);
            guard.OnClientBytes(new byte[4096]);
        }

        Assert.Equal(HelloRetryState.Refused, guard.State);
    }

    [Fact]
    public void TakesNoMemoryWhereNothingIsRetried()
    {
        var early = Record(23, new byte[100], 0x0303);
        var first = FirstHello(For());
        long before = 0;
        for (var i = 0; i < 2; i++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            using var guard = new HelloRetryGuard(first);
            guard.OnClientBytes(early);
            guard.OnServerBytes(OrdinaryHello);
        }

        // The guard itself.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200);
    }

    private static HelloRetryGuard Guard(ClientHelloBuilder? first = null) => new(FirstHello(first ?? For()));

    private static ClientHello FirstHello(ClientHelloBuilder builder)
    {
        using var reader = new ClientHelloReader();
        reader.Read(new System.Buffers.ReadOnlySequence<byte>(builder.Wire()));
        return reader.Hello;
    }

    private static HelloRetryState Retry(ClientHelloBuilder first, ClientHelloBuilder next)
    {
        using var guard = Guard(first);
        Assert.Equal(HelloRetryState.Retrying, guard.OnServerBytes([.. RetryRequest, .. CompatibilityRecord]));
        var passed = guard.OnClientBytes([.. CompatibilityRecord, .. next.Wire()]);
        Assert.Equal(guard.State == HelloRetryState.Released ? CompatibilityRecord.Length : 0, passed);
        return guard.State;
    }

    private static HelloRetryState RetryWithAHelloSentEarly(ClientHelloBuilder first, ClientHelloBuilder next)
    {
        using var guard = Guard(first);
        Assert.Equal(0, guard.OnClientBytes(next.Wire()));
        return guard.OnServerBytes(RetryRequest);
    }

    private static HelloRetryState RetryInTwoPieces(byte[] bytes, int cut)
    {
        using var guard = Guard();
        guard.OnServerBytes(RetryRequest);
        var sent = new List<byte>();
        foreach (var piece in (byte[][])[bytes[..cut], bytes[cut..]])
        {
            var passed = guard.OnClientBytes(piece);
            sent.AddRange(piece[..passed]);
        }

        sent.AddRange(guard.State == HelloRetryState.Released ? guard.Held.Span : []);
        Assert.True(guard.State != HelloRetryState.Released || sent.SequenceEqual(bytes), "bytes were lost or out of order");
        return guard.State;
    }

    // RFC 8446 section 4.1.3, with supported_versions and a chosen group.
    private static byte[] ServerHello(byte[] random)
    {
        byte[] body = [0x03, 0x03, .. random, 32, .. new byte[32], 0x13, 0x02, 0x00, 0x00, 0x0c, 0x00, 0x2b, 0x00, 0x02, 0x03, 0x04, 0x00, 0x33, 0x00, 0x02, 0x00, 0x17];
        return [2, 0, 0, (byte)body.Length, .. body];
    }
}
