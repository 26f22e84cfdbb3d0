namespace SniProxy.Core.Dns;

/// <summary>What an upstream said to one question: the answer section as it stands, and how long a "no" may be believed.</summary>
/// <param name="Rcode">With the upper bits out of OPT.</param>
/// <param name="Answers">Records of class IN, in order, unchecked as to whom they are about (see <see cref="AnswerChain"/>).</param>
/// <param name="NegativeTtl">Seconds: the smaller of the authority SOA's TTL and MINIMUM (RFC 2308 section 5), 0 without one.</param>
public sealed record DnsResponse(DnsRcode Rcode, IReadOnlyList<DnsRecord> Answers, uint NegativeTtl);
