import { defineScript } from '../run-script.ts'
import { entryIds } from './entry-ids.ts'
import { heldLetters } from './held-letters.ts'

/** Takes dead letters away whose records have come to another end, and moves the account of their pump. */
export const replayScript = defineScript(`
-- KEYS  1 counters, 2 dead
-- ARGV  1 pump, 2 most dead letters, then for each letter: id, delivered, filtered, dead-lettered, letters, and for each of these
--       letters, which stand for what of it was refused again: reason, message, attempts, record id or '', kind, records, body
-- Reply the ids that were removed by this call
-- A letter counts only for the call that removes it: two replays at once, or one that is repeated after a lost reply, move the account
-- once. Letters older than the pump's account (its group was dropped or created again since) are in no account any more. All reads of a
-- letter come before its first write, and that is the removal, which Redis allows when memory is full.
${entryIds}${heldLetters}
local pump, removed_ids = ARGV[1], {}
local known = redis.call('HMGET', KEYS[1], pump .. '/base', pump .. '/letters')
local letters_before = redis.call('XLEN', KEYS[2])
local delivered, filtered, letters_kept = 0, 0, 0
local i = 3
while i <= #ARGV do
  local id, letter, letters = ARGV[i], i + 5, tonumber(ARGV[i + 4])
  local next_letter = letter + letters * 7
  local entry, fields = redis.call('XRANGE', KEYS[2], id, id)[1], {}
  for j = 1, entry and #entry[2] or 0, 2 do fields[entry[2][j]] = entry[2][j + 1] end
  if fields['pump'] == pump and redis.call('XDEL', KEYS[2], id) == 1 then
    removed_ids[#removed_ids + 1] = id
    if known[1] and before(known[2] or '0-0', id) then
      delivered, filtered = delivered + tonumber(ARGV[i + 1]), filtered + tonumber(ARGV[i + 2])
    end
    for at = letter, next_letter - 1, 7 do
      redis.call('XADD', KEYS[2], '*', 'pump', pump, 'frame', fields['frame'] or '', 'reason', ARGV[at], 'message', ARGV[at + 1],
        'attempts', ARGV[at + 2], 'recordId', ARGV[at + 3], 'kind', ARGV[at + 4], 'records', ARGV[at + 5], 'body', ARGV[at + 6])
      letters_kept = letters_kept + 1
    end
  end
  i = next_letter
end
if delivered > 0 then redis.call('HINCRBY', KEYS[1], pump .. '/delivered', delivered) end
if filtered > 0 then redis.call('HINCRBY', KEYS[1], pump .. '/filtered', filtered) end
if delivered + filtered > 0 then redis.call('HINCRBY', KEYS[1], pump .. '/deadLettered', -delivered - filtered) end
if letters_kept > 0 then
  local bound = redis.call('XTRIM', KEYS[2], 'MAXLEN', ARGV[2])
  if bound > 0 then redis.call('HINCRBY', KEYS[1], 'deadLettersRemoved', bound) end
end
if #removed_ids > 0 then note_letters(KEYS[1], KEYS[2], letters_before) end
return removed_ids
`)
