using System.Text.Json.Nodes;
using SniProxy.Lab.Ground;
using SniProxy.Lab.Product;

namespace SniProxy.Lab.Judgement.Drawn;

/// <summary>A sandbox as it is registered anew: with a mode of its own or without. Its life, its signals and what it was given in DNS go on.</summary>
internal static class DrawnSandbox
{
    public static string Of(Random random) => new JsonObject
    {
        ["addresses"] = new JsonArray(Places.Sandbox.V4.ToString(), Places.Sandbox.V6.ToString()),
        ["interface"] = Topology.SandboxInterface,
        ["policy"] = ApplianceSettings.PolicyName,
        ["labels"] = new JsonObject { ["service"] = ApplianceSettings.SandboxId, ["team"] = "lab" },
        ["mode"] = random.Next(8) switch { 0 => "shadow", 1 => "observe", 2 => "enforce", _ => null },
        ["strict"] = random.Next(4) == 0,
        ["paused"] = random.Next(20) == 0,
    }.ToJsonString();
}
