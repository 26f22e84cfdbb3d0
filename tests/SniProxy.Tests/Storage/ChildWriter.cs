using System.Runtime.CompilerServices;
using System.Text;
using SniProxy.Storage;

namespace SniProxy.Tests.Storage;

/// <summary>
/// The program that a test kills: this very test program, told by its environment to write documents and to say which are acknowledged.
/// </summary>
internal static class ChildWriter
{
    public const string Variable = "SNIPROXY_TEST_STORE";

#pragma warning disable CA2255 // It has to run before the test runner does.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } path)
        {
            return;
        }

        using var store = new SqliteStore(path);
        for (var i = store.List("number").Count; ; i++)
        {
            store.Put("number", $"{i:D8}", Encoding.UTF8.GetBytes($"{{\"value\":{i}}}"), "child");
            Console.Out.WriteLine(i);
            Console.Out.Flush();
        }
    }
}
