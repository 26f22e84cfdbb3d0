using System.Text.Json;
using SniProxy.Cli;
using YamlDotNet.RepresentationModel;

namespace SniProxy.Tests.Cli;

public sealed class OutputTests
{
    [Theory]
    [InlineData("plain")]
    [InlineData("no")]
    [InlineData("On")]
    [InlineData("null")]
    [InlineData("")]
    [InlineData("10.0.0.1")]
    [InlineData("1e3")]
    [InlineData("a: b")]
    [InlineData("a #b")]
    [InlineData("- a")]
    [InlineData("\"quoted\" \\ and\nlines\t\u0000\u007f")]
    [InlineData("snow ☃ and 😀")]
    [InlineData("*.example.com")]
    public void YamlKeepsEveryString(string text)
    {
        var json = JsonSerializer.SerializeToElement(new Dictionary<string, object?> { ["key"] = text, [text + "k"] = new object?[] { text, new[] { text }, null } });
        using var writer = new StringWriter();
        Output.Write(writer, OutputFormat.Yaml, json);
        var yaml = new YamlStream();
        yaml.Load(new StringReader(writer.ToString()));
        var root = Assert.IsType<YamlMappingNode>(yaml.Documents[0].RootNode);
        Assert.Equal(text, ((YamlScalarNode)root["key"]).Value);
        var list = Assert.IsType<YamlSequenceNode>(root[text + "k"]);
        Assert.Equal(text, ((YamlScalarNode)list[0]).Value);
        Assert.Equal(text, ((YamlScalarNode)((YamlSequenceNode)list[1])[0]).Value);
    }

    [Fact]
    public void YamlShowsListsOfObjects() => Assert.Equal(
        "items:\n  - id: a\n    tags: []\n  - id: b\n    tags:\n      - x\nnext: null\n",
        Write(OutputFormat.Yaml, """{"items":[{"id":"a","tags":[]},{"id":"b","tags":["x"]}],"next":null}"""));

    [Fact]
    public void ATableAlignsItsColumns() => Assert.Equal(
        "ID     MODE\na      enforce\nlong1  -\n",
        Write(OutputFormat.Table, """[{"id":"a","effective":{"mode":"enforce"}},{"id":"long1"}]""", new Column("ID", "id"), new Column("MODE", "effective.mode")));

    [Fact]
    public void ATableIsNotSteeredByWhatItShows() => Assert.DoesNotContain(
        '\u001b', Write(OutputFormat.Table, """[{"id":"\u001b[2J\nroot"}]""", new Column("ID", "id")));

    [Fact]
    public void AnEmptyTableShowsItsHead() => Assert.Equal("ID\n", Write(OutputFormat.Table, "[]", new Column("ID", "id")));

    [Fact]
    public void JsonStaysTheSameDocument() => Assert.True(JsonElement.DeepEquals(
        JsonDocument.Parse("""{"a":[1,{"b":null}]}""").RootElement, JsonDocument.Parse(Write(OutputFormat.Json, """{"a":[1,{"b":null}]}""")).RootElement));

    [Fact]
    public void QuotationMarksStayReadable()
    {
        const string Json = """{"why":"\"a\" + 'b' matches"}""";
        Assert.Equal("{\n  \"why\": \"\\\"a\\\" + 'b' matches\"\n}\n", Write(OutputFormat.Json, Json));
        Assert.Equal("why: \"\\\"a\\\" + 'b' matches\"\n", Write(OutputFormat.Yaml, Json));
    }

    private static string Write(OutputFormat format, string json, params Column[] columns)
    {
        using var writer = new StringWriter();
        Output.Write(writer, format, JsonDocument.Parse(json).RootElement, columns);
        return writer.ToString();
    }
}
