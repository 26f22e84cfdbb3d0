using SniProxy.Core.Contract;

namespace SniProxy.Policies;

/// <summary>Whatever a sandbox is found by. Implemented by structures, so that to ask costs no call through a table.</summary>
internal interface ISandboxSource
{
    Sandbox Find();
}
