namespace SniProxy.Core.Contract;

public enum Transport : byte
{
    Tcp = 0,
    Udp,
}
