using SniProxy.Core.Addresses;

namespace SniProxy.Core.Policies.Tables;

/// <summary>Blocks of one family without repetition, each with the next larger one around it and the positions of its entries. Immutable.</summary>
internal sealed class AddressBlocks
{
    private readonly Node[] nodes;
    private readonly int[] positions;

    private AddressBlocks(Node[] nodes, int[] positions)
    {
        this.nodes = nodes;
        this.positions = positions;
    }

    public static AddressBlocks Empty { get; } = new([], []);

    /// <param name="given">The blocks, in any order; is put in theirs.</param>
    /// <param name="pieces">The line of addresses, cut wherever a block begins or ends: each piece with its innermost block. What is before the first is in none.</param>
    public static AddressBlocks Of(List<(Cidr Block, int Position)> given, out List<(UInt128 Begin, int Innermost)> pieces)
    {
        given.Sort(static (left, right) => Compare(left, right));
        var nodes = new List<Node>(given.Count);
        var positions = new int[given.Count];
        pieces = new List<(UInt128 Begin, int Innermost)>((2 * given.Count) + 1);
        var open = new Stack<(int Node, Cidr Block)>();
        for (var i = 0; i < given.Count; i++)
        {
            var (block, position) = given[i];
            positions[i] = position;
            if (open.TryPeek(out var around) && around.Block == block)
            {
                nodes[around.Node] = nodes[around.Node] with { End = i + 1 };
                continue;
            }

            Close(open, pieces, until: block);
            nodes.Add(new Node(open.TryPeek(out around) ? around.Node : AddressRanges.None, i, i + 1));
            open.Push((nodes.Count - 1, block));
            Begin(pieces, AddressRanges.KeyOf(block.Network), nodes.Count - 1);
        }

        Close(open, pieces, until: null);
        return new AddressBlocks([.. nodes], positions);
    }

    /// <summary>The positions of a block's entries, in ascending order.</summary>
    public ReadOnlySpan<int> PositionsOf(int block) => positions.AsSpan(nodes[block].First, nodes[block].End - nodes[block].First);

    /// <summary>The smallest block around a block, or <see cref="AddressRanges.None"/>.</summary>
    public int Around(int block) => nodes[block].Around;

    // A larger block before those inside it, and equal ones by the positions of their entries.
    private static int Compare((Cidr Block, int Position) left, (Cidr Block, int Position) right) =>
        left.Block.Network.CompareTo(right.Block.Network) is var byNetwork and not 0 ? byNetwork
        : left.Block.PrefixLength.CompareTo(right.Block.PrefixLength) is var byLength and not 0 ? byLength
        : left.Position.CompareTo(right.Position);

    // Blocks never overlap by halves: what does not contain the next one has ended before it.
    private static void Close(Stack<(int Node, Cidr Block)> open, List<(UInt128 Begin, int Innermost)> pieces, Cidr? until)
    {
        while (open.TryPeek(out var inner) && !(until is { } next && inner.Block.Contains(next)))
        {
            open.Pop();
            var end = AddressRanges.KeyOf(inner.Block.Last);
            end += inner.Block.IsIPv4 ? UInt128.One << 96 : UInt128.One;
            if (end != UInt128.Zero)
            {
                Begin(pieces, end, open.TryPeek(out var around) ? around.Node : AddressRanges.None);
            }
        }
    }

    // Where a block ends and another begins, or two end, the later word counts.
    private static void Begin(List<(UInt128 Begin, int Innermost)> pieces, UInt128 begin, int innermost)
    {
        if (pieces is [.., var before] && before.Begin == begin)
        {
            pieces.RemoveAt(pieces.Count - 1);
        }

        pieces.Add((begin, innermost));
    }

    private readonly record struct Node(int Around, int First, int End);
}
