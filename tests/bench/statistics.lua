--- What many runs come to.

local statistics = {}

--- The middle, and the ends, of some numbers.
-- @tparam {number,...} values at least one
-- @treturn table `median`, `min`, `max`
function statistics.spread(values)
  local sorted = table.move(values, 1, #values, 1, {})
  table.sort(sorted)
  local middle = #sorted // 2
  local median = #sorted % 2 == 1 and sorted[middle + 1]
    or (sorted[middle] + sorted[middle + 1]) / 2
  return { median = median, min = sorted[1], max = sorted[#sorted] }
end

return statistics
