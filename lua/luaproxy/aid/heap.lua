--- A list of entries with the least one first; log n steps put an entry in its place again.
--
-- An entry is a table with `key`, and `order` to tell equals apart; `at` is where it is.

local heap = {}

local function before(a, b)
  return a.key < b.key or a.key == b.key and a.order < b.order
end

local function put(list, entry, at)
  list[at], entry.at = entry, at
end

local function rise(list, entry)
  local at = entry.at
  while at > 1 and before(entry, list[at // 2]) do
    put(list, list[at // 2], at)
    at = at // 2
  end
  put(list, entry, at)
end

local function sink(list, entry)
  local at, n = entry.at, #list
  while 2 * at <= n do
    local child = 2 * at
    if child < n and before(list[child + 1], list[child]) then child = child + 1 end
    if not before(list[child], entry) then break end
    put(list, list[child], at)
    at = child
  end
  put(list, entry, at)
end

--- Puts an entry where it belongs after its key or order has become another one.
-- @tparam table list
-- @tparam table entry
function heap.fix(list, entry)
  rise(list, entry)
  sink(list, entry)
end

--- Makes a heap of any list of entries.
-- @tparam table list
function heap.make(list)
  for at = 1, #list do list[at].at = at end
  for at = #list // 2, 1, -1 do sink(list, list[at]) end
end

return heap
