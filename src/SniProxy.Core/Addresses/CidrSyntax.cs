namespace SniProxy.Core.Addresses;

/// <summary>What a written block turned out to be. Zero is no block.</summary>
public enum CidrSyntax : byte
{
    /// <summary>Not an address or block; octal, hexadecimal and short IPv4 forms are here too.</summary>
    Malformed = 0,

    /// <summary>Bits are set behind the prefix: <c>10.1.2.3/8</c>.</summary>
    HostBits,

    /// <summary>An IPv4 block in mapped spelling: <c>::ffff:10.0.0.0/104</c>.</summary>
    Mapped,

    /// <summary>The prefix is longer than an address of the family.</summary>
    PrefixTooLong,

    Valid,
}
