using System.Text;
using SniProxy.Core.Addresses;
using SniProxy.Core.Contract;
using SniProxy.Core.Dns;
using SniProxy.Core.Names;
using SniProxy.Core.Policies;

namespace SniProxy.Events;

/// <summary>
/// The decision about one question to our DNS, as a value: there are many more of them than of connections, and each becomes the bytes of its
/// line without being an object in between. Where somebody wants the event it is <see cref="ToEvent"/>, and says the same.
/// </summary>
internal readonly struct DnsDecision
{
    public const string Listener = "dns";

    // An event is a line; a name with a thousand addresses does not make it a page.
    private const int MaxAddresses = 16;

    /// <summary>Room for what <see cref="FormatAnswer"/> writes: a response code, the addresses with blanks between, and how many more there are.</summary>
    public const int MaxAnswer = 8 + (MaxAddresses * (1 + Address.MaxLength)) + 24;

    public required DecisionId Id { get; init; }

    public required Sandbox Sandbox { get; init; }

    public string? Policy { get; init; }

    public long Revision { get; init; }

    public Transport Transport { get; init; }

    public Endpoint Client { get; init; }

    /// <summary>Null where the labels are no host name.</summary>
    public HostName? Name { get; init; }

    /// <summary>Null where no question could be read.</summary>
    public DnsType? Type { get; init; }

    public Verdict Verdict { get; init; }

    /// <summary>The verdict in words; null where nothing was denied.</summary>
    public string? Message { get; init; }

    public string? NearMiss { get; init; }

    public double DurationMs { get; init; }

    public DnsReply Reply { get; init; }

    public FlowEvent ToEvent()
    {
        Span<byte> answer = stackalloc byte[MaxAnswer];
        return new FlowEvent
        {
            Id = Id.ToString(),
            Time = Id.Time,
            Kind = EventKind.Dns,
            Sandbox = Sandbox.Id,
            Service = Sandbox.Service,
            Phase = Sandbox.Phase,
            Labels = Sandbox.Labels,
            Policy = Policy,
            Revision = Revision,
            Listener = Listener,
            Transport = Transport,
            Protocol = Protocol.Dns,
            Client = Client,
            Name = Name?.Value,
            Verdict = Verdict.Decision,
            WouldBe = Verdict.WouldDeny ? Decision.Deny : null,
            Reason = Verdict.Reason,
            Message = Message,
            NearMiss = NearMiss,
            Rule = Verdict.RuleName,
            Grant = Verdict.GrantId,
            DurationMs = DurationMs,
            Ending = Verdict.IsDenied ? Ending.Refused : Ending.Closed,
            Qname = Name?.Value,
            Qtype = Type?.Mnemonic(),
            Answer = Encoding.ASCII.GetString(answer[..FormatAnswer(answer)]),
        };
    }

    /// <summary>Writes the response code and the addresses that were answered, in ASCII.</summary>
    /// <param name="ascii">Room for <see cref="MaxAnswer"/>.</param>
    /// <returns>The bytes that were written.</returns>
    public int FormatAnswer(Span<byte> ascii)
    {
        var rcode = Rcode(Reply.Rcode);
        rcode.CopyTo(ascii);
        var length = rcode.Length;
        var count = 0;
        for (var i = 0; i < Reply.Answers?.Count; i++)
        {
            if (Reply.Answers[i].TryGetAddress(out var address) && count++ < MaxAddresses)
            {
                ascii[length++] = (byte)' ';
                length += address.Format(ascii[length..]);
            }
        }

        return count > MaxAddresses ? length + Encoding.ASCII.GetBytes($" (and {count - MaxAddresses} more)", ascii[length..]) : length;
    }

    private static ReadOnlySpan<byte> Rcode(DnsRcode rcode) => rcode switch
    {
        DnsRcode.NoError => "NOERROR"u8,
        DnsRcode.FormErr => "FORMERR"u8,
        DnsRcode.ServFail => "SERVFAIL"u8,
        DnsRcode.NxDomain => "NXDOMAIN"u8,
        DnsRcode.NotImp => "NOTIMP"u8,
        DnsRcode.Refused => "REFUSED"u8,
        _ => "BADVERS"u8,
    };
}
