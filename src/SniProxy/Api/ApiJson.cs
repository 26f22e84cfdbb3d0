using System.Text.Json.Serialization;

namespace SniProxy.Api;

/// <summary>Serializers made at build time. Unknown and repeated fields of a request are errors.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters = [typeof(UtcTimes)],
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = 16)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ApiToken))]
[JsonSerializable(typeof(StrictRequest))]
[JsonSerializable(typeof(StrictAnswer))]
[JsonSerializable(typeof(GrantRequest))]
[JsonSerializable(typeof(GrantAnswer))]
[JsonSerializable(typeof(ListOf<GrantAnswer>))]
[JsonSerializable(typeof(SandboxRequest))]
[JsonSerializable(typeof(SandboxAnswer))]
[JsonSerializable(typeof(ListOf<SandboxAnswer>))]
[JsonSerializable(typeof(ModeRequest))]
[JsonSerializable(typeof(SignalRequest))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ReadyAnswer))]
[JsonSerializable(typeof(TestRequest))]
[JsonSerializable(typeof(IReadOnlyList<TestAnswer>))]
internal sealed partial class ApiJson : JsonSerializerContext;
