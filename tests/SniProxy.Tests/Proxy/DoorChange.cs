using SniProxy.Policies;
using SniProxy.Sandboxes;

namespace SniProxy.Tests.Proxy;

/// <summary>The changes, by the words that tests have for them, that need nothing but a door.</summary>
internal static class DoorChange
{
    public static void Make(ProxyDoor door, string change)
    {
        switch (change)
        {
            case "strict":
                door.Book.SetStrict(true, null, null, "test");
                break;
            case "strict for the policy":
                door.Book.SetStrict(true, "test", null, "test");
                break;
            case "sandbox strict":
                door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Strict: true), "test");
                break;
            case "sandbox policy":
                door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Policy: PolicyOptions.DenyAll), "test");
                break;
            case "paused":
                door.Sandboxes.Change(ProxyDoor.SandboxId, new SandboxChange(Paused: true), "test");
                break;
            case "removed":
                door.Sandboxes.Remove(ProxyDoor.SandboxId, "test");
                break;
            case "replaced":
                door.Sandboxes.Put(new SandboxRegistration { Id = ProxyDoor.SandboxId, Addresses = [ProxyDoor.Of("203.0.113.99")] }, "test");
                break;
            default:
                throw new ArgumentException(change);
        }
    }
}
