namespace SniProxy.Lab.Ground;

/// <summary>What arrived for one host in one family, as the kernel counted it. A SYN is a knock, payload is a leak.</summary>
public readonly record struct Traffic(long Packets, long Syns, long UdpPackets, long PayloadPackets, long PayloadBytes)
{
    public static Traffic None => default;

    public static Traffic operator -(Traffic after, Traffic before) => new(
        after.Packets - before.Packets,
        after.Syns - before.Syns,
        after.UdpPackets - before.UdpPackets,
        after.PayloadPackets - before.PayloadPackets,
        after.PayloadBytes - before.PayloadBytes);

    public static Traffic operator +(Traffic left, Traffic right) => new(
        left.Packets + right.Packets,
        left.Syns + right.Syns,
        left.UdpPackets + right.UdpPackets,
        left.PayloadPackets + right.PayloadPackets,
        left.PayloadBytes + right.PayloadBytes);

    public static Traffic Add(Traffic left, Traffic right) => left + right;

    public static Traffic Subtract(Traffic left, Traffic right) => left - right;
}
