using SniProxy.Tests.Enforcement;

// The name, and having no namespace, are .NET's: see docs/design/features/host-startup-hook.md of dotnet/runtime.
#pragma warning disable CA1050
internal static class StartupHook
{
    public static void Initialize()
    {
        if (ExecOwner.RunAsync().GetAwaiter().GetResult() is { } status)
        {
            Environment.Exit(status);
        }
    }
}
