using SniProxy.Cli.Policies.Clients;
using SniProxy.Core.Policies;
using SniProxy.Tests.Events;

namespace SniProxy.Tests.Cli;

/// <summary>The registries that package managers are configured for, read as each of them writes its configuration.</summary>
public sealed class ClientPolicyTests : IDisposable
{
    private readonly TempFolder folder = new();
    private readonly Dictionary<string, string> variables = [];
    private readonly List<string> remarks = [];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("npm", "home/.npmrc", "# mine\nregistry = https://npm.corp.example/all/ \n@team:registry=https://team.corp.example:8443/\n//npm.corp.example/:_authToken=secret\n", "https://npm.corp.example https://team.corp.example:8443")]
    [InlineData("npm", "work/.npmrc", "registry=http://npm.corp.example/\n", "http://npm.corp.example")]
    [InlineData("npm", "home/.yarnrc.yml", "npmRegistryServer: \"https://yarn.corp.example\"\n", "https://yarn.corp.example")]
    [InlineData("nuget", "home/.nuget/NuGet/NuGet.Config", "<configuration><packageSources><clear /><add key=\"a\" value=\"https://feed.corp.example/v3/index.json\" /><add key=\"b\" value=\"https://old.corp.example/\" /></packageSources><disabledPackageSources><add key=\"b\" value=\"true\" /></disabledPackageSources></configuration>", "https://feed.corp.example")]
    [InlineData("apt", "root/etc/apt/sources.list", "# deb http://not.corp.example x main\ndeb [arch=amd64 signed-by=/k] http://apt.corp.example/dist stable main\ndeb-src https://src.corp.example/ stable main\n", "http://apt.corp.example https://src.corp.example")]
    [InlineData("apt", "root/etc/apt/sources.list.d/a.sources", "Types: deb\nURIs: https://one.corp.example/ https://two.corp.example/\nSuites: stable\n\nEnabled: no\nTypes: deb\nURIs: https://off.corp.example/\n", "https://one.corp.example https://two.corp.example")]
    [InlineData("pip", "home/.config/pip/pip.conf", "[global]\nindex-url = https://pip.corp.example/simple\nextra-index-url =\n    https://extra.corp.example/simple\n    https://more.corp.example/simple\ntrusted-host = nobody.corp.example\n", "https://extra.corp.example https://more.corp.example https://pip.corp.example")]
    [InlineData("pip", "home/.config/uv/uv.toml", "[[index]]\nname = \"x\"\nurl = \"https://uv.corp.example/simple\"\n", "https://uv.corp.example")]
    [InlineData("cargo", "home/.cargo/config.toml", "[source.mirror]\nregistry = \"sparse+https://cargo.corp.example/index/\"\n[registries]\nown = { index = \"https://own.corp.example/git\" }\n", "https://cargo.corp.example https://own.corp.example")]
    [InlineData("go", "home/.config/go/env", "GOPROXY=https://go.corp.example,https://second.corp.example|direct\nGOSUMDB=sum.corp.example+abcd+key\nGOFLAGS=-mod=mod\n", "https://go.corp.example https://second.corp.example https://sum.corp.example")]
    [InlineData("maven", "home/.m2/settings.xml", "<settings xmlns=\"http://schema.example/settings\"><mirrors><mirror><id>m</id><url>https://maven.corp.example/repo</url></mirror></mirrors></settings>", "https://maven.corp.example")]
    [InlineData("docker", "root/etc/docker/daemon.json", "{ \"registry-mirrors\": [\"https://mirror.corp.example\"] }", "https://mirror.corp.example")]
    [InlineData("docker", "home/.docker/config.json", "{ \"auths\": { \"registry.corp.example:5000\": { \"auth\": \"c2VjcmV0\" } } }", "https://registry.corp.example:5000")]
    [InlineData("docker", "root/etc/containers/registries.conf", "unqualified-search-registries = [\"a.corp.example\", \"b.corp.example\"]\n[[registry]]\nlocation = \"c.corp.example/sub\"\n", "https://a.corp.example https://b.corp.example https://c.corp.example")]
    [InlineData("conda", "home/.condarc", "channels:\n  - https://conda.corp.example/main\n  - defaults\nchannel_alias: https://alias.corp.example\n", "https://alias.corp.example https://conda.corp.example")]
    [InlineData("gem", "home/.gemrc", ":sources:\n- https://gems.corp.example/\n", "https://gems.corp.example")]
    public void ReadsTheFile(string client, string file, string text, string entries)
    {
        Write(file, text);
        Assert.Equal([(client, entries)], Rules());
    }

    [Theory]
    [InlineData("npm", "npm_config_registry", "https://npm.corp.example/", "https://npm.corp.example")]
    [InlineData("npm", "NPM_CONFIG_REGISTRY", "https://npm.corp.example/", "https://npm.corp.example")]
    [InlineData("pip", "PIP_INDEX_URL", "https://user:secret@pip.corp.example/simple", "https://pip.corp.example")]
    [InlineData("pip", "PIP_EXTRA_INDEX_URL", "https://a.corp.example https://b.corp.example", "https://a.corp.example https://b.corp.example")]
    [InlineData("pip", "UV_INDEX", "own=https://uv.corp.example/simple", "https://uv.corp.example")]
    [InlineData("cargo", "CARGO_REGISTRIES_OWN_INDEX", "sparse+https://cargo.corp.example/", "https://cargo.corp.example")]
    [InlineData("go", "GOPROXY", "https://go.corp.example,direct", "https://go.corp.example")]
    public void ReadsTheVariable(string client, string name, string value, string entries)
    {
        variables[name] = value;
        Assert.Equal([(client, entries)], Rules());
        Assert.DoesNotContain(remarks, remark => remark.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIsNotConfiguredIsRemarkedOnAndNotGuessed()
    {
        Assert.Empty(Rules());
        Assert.All(new[] { "apt", "cargo", "conda", "docker", "gem", "go", "maven", "npm", "nuget", "pip" }, client => Assert.Contains(remarks, remark => remark.StartsWith($"{client} is not configured", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("https://user:secret@[::1]:8080/")]
    [InlineData("http://localhost:4873/?token=secret")]
    [InlineData("http://0.0.0.0/secret")]
    [InlineData("file:///srv/secret")]
    [InlineData("nonsense secret with spaces")]
    public void WhatLeadsToNoRegistryIsLeftOutWithoutItsSecret(string address)
    {
        variables["npm_config_registry"] = address;
        Assert.Empty(Rules());
        Assert.Contains(remarks, remark => remark.StartsWith("npm: ", StringComparison.Ordinal) && remark.EndsWith("left out", StringComparison.Ordinal));
        Assert.DoesNotContain(remarks, remark => remark.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public void AFileOfAnotherKindIsPassedOver()
    {
        Write("home/.nuget/NuGet/NuGet.Config", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><x>&e;</x>");
        Write("home/.docker/config.json", "[1, 2");
        Write("home/.m2/settings.xml", "no xml");
        Assert.Empty(Rules());
    }

    private IEnumerable<(string? Client, string Entries)> Rules()
    {
        var machine = new ClientMachine(folder.File("root"), folder.File("home"), folder.File("work"), variables);
        var policy = ClientPolicy.Of(machine, "clients", remarks);
        _ = PolicyCompiler.Compile(policy, revision: 1, DateTimeOffset.UtcNow);
        return policy.Rules.Select(rule => (rule.Label, string.Join(' ', rule.Scope.Select(entry => entry.Text))));
    }

    private void Write(string name, string text)
    {
        var file = folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(file) ?? folder.Path);
        File.WriteAllText(file, text);
    }
}
