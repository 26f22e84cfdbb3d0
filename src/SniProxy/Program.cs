using SniProxy.Cli;

return await SniProxyCommand.RunAsync(args);
