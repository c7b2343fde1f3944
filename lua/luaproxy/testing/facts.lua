--- What the core owns: notices when a script writes it.

local facts = {}

local FIELDS = {
  "id", "addr", "weight", "tier", "tags", "inflight", "ewma", "ewma_at", "fails", "since", "up",
  "data",
}

--- Notes what the backends and a list of them are.
-- @tparam {table,...} all
-- @tparam {table,...} list
-- @treturn table for facts.broken
function facts.note(all, list)
  local noted = { all = { table.unpack(all) }, list = { table.unpack(list) }, values = {} }
  for i, backend in ipairs(all) do
    local values = {}
    for j = 1, #FIELDS do values[j] = backend[FIELDS[j]] end
    noted.values[i] = values
  end
  return noted
end

local function same(one, other)
  if #one ~= #other then return false end
  for i = 1, #one do
    if not rawequal(one[i], other[i]) then return false end
  end
  return true
end

--- What has been written since, or nil.
-- @tparam table noted by facts.note
-- @tparam {table,...} all the same list of all
-- @tparam {table,...} list the same list
-- @treturn ?string
function facts.broken(noted, all, list)
  if not same(noted.list, list) then return "changed the list `up`" end
  if not same(noted.all, all) then return "changed the list ctx.all" end
  for i, backend in ipairs(all) do
    local values = noted.values[i]
    for j = 1, #FIELDS do
      local is = backend[FIELDS[j]]
      if not rawequal(values[j], is) then
        return ("wrote `%s` of %s: %s became %s"):format(FIELDS[j], tostring(values[1]),
          tostring(values[j]), tostring(is))
      end
    end
  end
end

return facts
