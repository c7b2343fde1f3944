/* Chance that can be repeated. */
#include "base/chance.h"

#include "base/hash.h"

double chance_draw(struct chance *chance)
{
    chance->state += 0x9E3779B97F4A7C15u;
    return (double)(hash_mix(chance->state) >> 11) * 0x1p-53;
}
