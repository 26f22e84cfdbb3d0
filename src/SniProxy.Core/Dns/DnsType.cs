namespace SniProxy.Core.Dns;

/// <summary>The record and question types that mean something here (IANA registry of DNS parameters); others pass as bare numbers.</summary>
public enum DnsType : ushort
{
    None = 0,
    A = 1,
    Ns = 2,
    Cname = 5,
    Soa = 6,
    Null = 10,
#pragma warning disable CA1720 // The registry's word, not a pointer's.
    Ptr = 12,
#pragma warning restore CA1720
    Hinfo = 13,
    Mx = 15,
    Txt = 16,
    Aaaa = 28,
    Srv = 33,
    Naptr = 35,
    Dname = 39,
    Opt = 41,
    Svcb = 64,
    Https = 65,
    Ixfr = 251,
    Axfr = 252,
    Any = 255,
    Caa = 257,
}
