using System.Text.Json.Serialization;
using SniProxy.Core.Policies.Lint;

namespace SniProxy.Cli.Policies;

/// <summary>Serializers of what the verbs on documents print, made at build time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(List<LintFinding>))]
[JsonSerializable(typeof(List<PolicyRow>))]
[JsonSerializable(typeof(List<DocumentRow>))]
[JsonSerializable(typeof(List<VerdictRow>))]
internal sealed partial class PolicyJson : JsonSerializerContext;
