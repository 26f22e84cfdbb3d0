using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Policies;

namespace SniProxy.Dns;

/// <summary>What was decided about a question. The default value denies and answers nothing.</summary>
/// <param name="Reply">What the client is told.</param>
/// <param name="Verdict">What the event tells.</param>
internal readonly record struct DnsOutcome(DnsReply Reply, Verdict Verdict)
{
    /// <summary>A denial lasts seconds in a client's cache, so that a grant or another policy is seen soon.</summary>
    public const uint DenialTtl = 5;

    /// <summary>The verdict in words, where whoever gave it knows more than its reason says.</summary>
    public string? Words { get; init; }

    /// <summary>A refusal of the question as such: no name is said to exist or not.</summary>
    public static DnsOutcome Refused(Reason reason, ExtendedError error) =>
        new(new DnsReply { Rcode = DnsRcode.Refused, Error = error }, Verdict.Deny(reason));

    /// <summary>The name is there and the sandbox gets nothing of it.</summary>
    public static DnsOutcome Empty(Verdict verdict, ExtendedError? error = null, uint ttl = DenialTtl) =>
        new(new DnsReply { NegativeTtl = ttl, Error = error }, verdict);

    public static DnsOutcome Nonexistent(Verdict verdict, ExtendedError? error = null, uint ttl = DenialTtl) =>
        new(new DnsReply { Rcode = DnsRcode.NxDomain, NegativeTtl = ttl, Error = error }, verdict);

    public static DnsOutcome Answered(Verdict verdict, IReadOnlyList<DnsRecord> records, uint age = 0) =>
        new(new DnsReply { Answers = records, Age = age }, verdict);

    public static DnsOutcome Failed(Verdict verdict, ExtendedError error) =>
        new(new DnsReply { Rcode = DnsRcode.ServFail, Error = error }, verdict);
}
