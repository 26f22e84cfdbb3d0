using System.CommandLine;
using System.Text.Json;

namespace SniProxy.Cli;

/// <summary>Asks something of the appliance; answers what is to be printed.</summary>
internal delegate Task<JsonElement> ApiCall(ApiClient client, ParseResult parsed, CancellationToken cancellation);
