using System.Text.Json.Nodes;
using SniProxy.Core.Policies;

namespace SniProxy.Core.Tests.Policies;

/// <summary>The schema says of the shape of documents what the reader says.</summary>
public sealed class PolicySchemaTests
{
    private static readonly JsonObject Schema = JsonNode.Parse(PolicySchema.Write())?.AsObject() ?? throw new InvalidOperationException();

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"version":1,"name":"a","purpose":"p","data":"d","owner":"o","reviewBy":"2027-01-31","edition":"2026-11-26","mode":"shadow","default":"audit","enabled":false}""")]
    [InlineData("""{"rollout":"100%","ech":"strip","quic":"sni","dns":{"mode":"forward"},"onRevoke":"keep","rules":[]}""")]
    [InlineData("""{"rollout":"0%","use":"b"}""")]
    [InlineData("""{"use":["b"],"rules":["a.example",{"allow":"b.example"},{"deny":["c.example","10.0.0.0/8"],"except":"10.1.2.3"},{"audit":["d.example"]}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","label":"l","priority":0,"reason":"r","owner":"o","reviewBy":"2027-01-31","source":"s","expires":"2027-01-31T00:00:00Z","protocol":"tls","resolvesTo":["10.0.0.0/8"]}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","when":{"labels":{"phase":"build"},"signal":"x","within":"5m"},"limits":{"upload":"20MB/1h","connections":50,"newConnectionsPerSecond":5}}]}""")]
    public void TakesWhatTheReaderTakes(string json)
    {
        Assert.Empty(Read(json).Errors);
        Assert.True(Fits(json));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"defualt":"deny"}""")]
    [InlineData("""{"version":2}""")]
    [InlineData("""{"name":""}""")]
    [InlineData("""{"mode":"enforced"}""")]
    [InlineData("""{"default":null}""")]
    [InlineData("""{"enabled":"false"}""")]
    [InlineData("""{"rollout":50}""")]
    [InlineData("""{"rollout":"101%"}""")]
    [InlineData("""{"use":[]}""")]
    [InlineData("""{"dns":{}}""")]
    [InlineData("""{"dns":{"mode":"off"}}""")]
    [InlineData("""{"rules":{}}""")]
    [InlineData("""{"rules":[""]}""")]
    [InlineData("""{"rules":[{}]}""")]
    [InlineData("""{"rules":[["a.example"]]}""")]
    [InlineData("""{"rules":[{"label":"x"}]}""")]
    [InlineData("""{"rules":[{"allow":[]}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","deny":"b.example"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","priority":-1}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","protocol":"udp"}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","when":{}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","when":{"labels":{}}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","when":{"signal":"x"}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","when":{"within":"5m"}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","when":{"signal":"x","within":"5"}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","limits":{}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","limits":{"upload":"20MB"}}]}""")]
    [InlineData("""{"rules":[{"allow":"a.example","limits":{"connections":0}}]}""")]
    public void RefusesWhatTheReaderRefuses(string json)
    {
        Assert.NotEmpty(Read(json).Errors);
        Assert.False(Fits(json));
    }

    private static PolicyReading Read(string json) => PolicyDocumentReader.Read(
        JsonNodes.Parse(json), "p.yaml", "p", new BundleShelf("here", ["b"], _ => new PolicyReading(new PolicyDocument { Name = "b" }, [])));

    private static bool Fits(string json) => SchemaCheck.Fits(JsonNode.Parse(json), Schema);
}
