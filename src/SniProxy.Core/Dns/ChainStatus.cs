namespace SniProxy.Core.Dns;

/// <summary>Whether the records of an answer lead from the question to an end. Zero is the answer that is not used.</summary>
public enum ChainStatus : byte
{
    /// <summary>A loop, more than <see cref="AnswerChain.MaxHops"/> aliases, two aliases of one name, or one that is no host name.</summary>
    Broken = 0,

    Complete,
}
