using System.Text;
using SniProxy.Lab.Ground;

namespace SniProxy.Lab.Servers;

/// <summary>A bare repository with one commit, served as plain files ("dumb" HTTP), so that no CGI is needed.</summary>
public sealed record GitRepository(string Commit)
{
    public const string FileName = "hello.txt";
    public const string FileText = "hello from the lab\n";

    public static async Task<GitRepository> CreateAsync(string path)
    {
        await GitAsync(path, null, "init", "--quiet", "--bare", "--initial-branch=main", path);
        var blob = await GitAsync(path, FileText, "hash-object", "-w", "--stdin");
        var tree = await GitAsync(path, $"100644 blob {blob}\t{FileName}\n", "mktree");
        var commit = await GitAsync(path, "The only commit\n", "commit-tree", tree);
        await GitAsync(path, null, "update-ref", "refs/heads/main", commit);
        await GitAsync(path, null, "update-server-info");
        return new GitRepository(commit);
    }

    private static async Task<string> GitAsync(string path, string? input, params string[] words)
    {
        string[] place = words[0] == "init" ? [] : ["--git-dir", path];
        var command = new Command(["git", .. place, .. words])
        {
            Input = Encoding.UTF8.GetBytes(input ?? ""),
            Environment = new Dictionary<string, string>
            {
                ["GIT_CONFIG_NOSYSTEM"] = "1",
                ["HOME"] = "/nonexistent",
                ["GIT_AUTHOR_NAME"] = "Lab",
                ["GIT_AUTHOR_EMAIL"] = "lab@allowed.example",
                ["GIT_COMMITTER_NAME"] = "Lab",
                ["GIT_COMMITTER_EMAIL"] = "lab@allowed.example",
            },
        };
        return (await command.RunAsync()).MustSucceed().Output.Trim();
    }
}
