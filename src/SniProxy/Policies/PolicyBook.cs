using SniProxy.Core.Contract;
using SniProxy.Core.Policies;

namespace SniProxy.Policies;

/// <summary>All policies in force, and which of them judges a sandbox right now.</summary>
internal sealed class PolicyBook
{
    public Judge JudgeFor(Sandbox sandbox) => throw new NotImplementedException();
}
